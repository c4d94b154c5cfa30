import fastjsonschema
import jsonschema
from jsonschema import validate

ORDER_SCHEMA = {"type": "object", "required": ["id"]}


def handler(event, context):
    jsonschema.validate(event, ORDER_SCHEMA)  # HS444
    check(event, ORDER_SCHEMA)
    compiled = fastjsonschema.compile(ORDER_SCHEMA)  # HS444
    return compiled(event)


def check(instance, schema):
    validate(instance=instance, schema=schema)  # HS444
