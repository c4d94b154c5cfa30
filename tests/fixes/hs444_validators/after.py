import fastjsonschema
from jsonschema import validate
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for

ORDER_SCHEMA = {
    "type": "object",
    "required": ["id"],
}
ORDER_VALIDATOR = validator_for(ORDER_SCHEMA)(ORDER_SCHEMA)
ORDER_VALIDATOR_2 = fastjsonschema.compile(ORDER_SCHEMA)


def handler(event, context):
    # Refuse early.
    error = best_match(ORDER_VALIDATOR.iter_errors(event["body"]))  # raises
    if error is not None:
        raise error
    with_items(event)
    return ORDER_VALIDATOR_2(event)


def with_items(event):
    error = event.get("error")
    schema_error = best_match(ORDER_VALIDATOR.iter_errors(event["items"]))
    if schema_error is not None:
        raise schema_error
    return error
