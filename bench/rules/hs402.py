"""HS402: what a second session of boto3 adds to a cold start, against two clients of one."""

from pair import run

_BAD = """
import boto3

objects = boto3.Session(region_name="us-east-1").client("s3")
queues = boto3.Session(region_name="us-east-1").client("sqs")

def handler(event, context):
    return objects.meta.region_name, queues.meta.region_name
"""

_GOOD = """
import boto3

session = boto3.Session(region_name="us-east-1")
objects, queues = session.client("s3"), session.client("sqs")

def handler(event, context):
    return objects.meta.region_name, queues.meta.region_name
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="cold")
