"""HS401: what a client made in each invocation costs, against one made in the init phase."""

from pair import run

_BAD = """
import boto3

def handler(event, context):
    client = boto3.client("s3", region_name="us-east-1")
    return client.meta.region_name
"""

_GOOD = """
import boto3

client = boto3.client("s3", region_name="us-east-1")

def handler(event, context):
    return client.meta.region_name
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="warm")
