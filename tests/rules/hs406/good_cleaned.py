import os
import tempfile

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    path = f"/tmp/{event['key']}"
    s3.download_file("orders", event["key"], path)
    try:
        with tempfile.NamedTemporaryFile() as copy, open(path, "rb") as source:
            copy.write(source.read())
    finally:
        os.remove(path)
