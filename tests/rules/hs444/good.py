from functools import cache

import fastjsonschema
import jsonschema
from jsonschema.validators import validator_for

SCHEMAS = {"order": {"type": "object"}}
ORDER_VALIDATOR = validator_for(SCHEMAS["order"])(SCHEMAS["order"])
is_order = fastjsonschema.compile(SCHEMAS["order"])


@cache
def compiled(name):
    return fastjsonschema.compile(SCHEMAS[name])


def handler(event, context):
    jsonschema.validate(event, event["schema"])
    jsonschema.validate(event, SCHEMAS[event["kind"]])
    ORDER_VALIDATOR.validate(event)
    return is_order(event), compiled("order")(event)
