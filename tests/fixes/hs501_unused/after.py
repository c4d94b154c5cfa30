import json

# Charts.

ROWS = 3


def handler(event, context):
    return json.dumps(event)
