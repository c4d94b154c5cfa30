"""HS505: what AWS's SDK in the package, without bytecode, adds to a cold start, against the runtime's own copy."""

from installed import packages
from pair import run

_APP = """
import boto3

client = boto3.client("s3", region_name="us-east-1")

def handler(event, context):
    return client.meta.region_name
"""
_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3")

if __name__ == "__main__":
    with packages(*_SDK, app=_APP) as bad, packages(app=_APP) as good:
        run(__doc__, bad=bad, good=good, claims="cold")
