"""HS444: a schema checked and prepared in each invocation by ``jsonschema.validate``, against a validator kept."""

from installed import packages
from pair import run

_SCHEMA = """
import jsonschema
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for

TEXT = {"type": "string", "maxLength": 64}
ITEM = {"type": "object", "properties": {"sku": TEXT, "count": {"type": "integer"}}}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "id": TEXT,
        "customer": TEXT,
        "currency": {"enum": ["EUR", "USD"]},
        "amount": {"type": "number", "minimum": 0},
        "items": {"type": "array", "items": ITEM},
        "note": TEXT,
    },
    "required": ["id", "customer", "amount"],
}
"""
_BAD = f"""{_SCHEMA}
def handler(event, context):
    jsonschema.validate(event, SCHEMA)
    return event["id"]
"""

_GOOD = f"""{_SCHEMA}
VALIDATOR = validator_for(SCHEMA)(SCHEMA)

def handler(event, context):
    error = best_match(VALIDATOR.iter_errors(event))
    if error is not None:
        raise error
    return event["id"]
"""
_PACKAGES = ("jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs", "typing_extensions")
_EVENT = {"id": "1", "customer": "c", "currency": "EUR", "amount": 3.5, "items": [{"sku": "a", "count": 2}], "note": ""}

if __name__ == "__main__":
    with packages(*_PACKAGES, app=_BAD) as bad, packages(*_PACKAGES, app=_GOOD) as good:
        run(__doc__, bad=bad, good=good, claims="warm", event=_EVENT)
