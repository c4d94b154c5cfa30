"""HS501: what an import that the event does not need adds to a cold start."""

from pair import run

_BAD = """
import json

import boto3

def handler(event, context):
    if event.get("upload"):
        boto3.client("s3").put_object(Bucket=event["upload"], Key="order", Body=json.dumps(event))
    return json.dumps(event)
"""

_GOOD = """
import json

def handler(event, context):
    if event.get("upload"):
        import boto3

        boto3.client("s3").put_object(Bucket=event["upload"], Key="order", Body=json.dumps(event))
    return json.dumps(event)
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="cold")
