import fastjsonschema
from jsonschema import validate

ORDER_SCHEMA = {
    "type": "object",
    "required": ["id"],
}


def handler(event, context):
    # Refuse early.
    validate(event["body"], ORDER_SCHEMA)  # raises
    with_items(event)
    return fastjsonschema.compile(ORDER_SCHEMA)(event)


def with_items(event):
    error = event.get("error")
    validate(instance=event["items"], schema=ORDER_SCHEMA)
    return error
