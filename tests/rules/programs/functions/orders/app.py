"""Takes orders."""

import json
import os

TABLE = os.environ["TABLE_NAME"]


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"table": TABLE, "order": event["id"]})}
