import jsonschema

SCHEMA = {"type": "object"}
KINDS = {}


def handler(event, context):
    KINDS["type"] = "object"
    jsonschema.validate(event, KINDS)
    jsonschema.validate(event, {"type": "object"})
    jsonschema.validate(event, SCHEMA, cls=jsonschema.Draft7Validator)
    return jsonschema.validate(event, SCHEMA)
