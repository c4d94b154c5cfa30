"""Keeps a catalogue of uploads: what S3 tells of becomes items in DynamoDB, and pictures a message to the thumbnailer.

With DRY_RUN set nothing is sent: each request is validated, serialised and signed as always, and answered here.
"""

import io
import json
import os
from urllib.parse import unquote_plus

import boto3
from boto3.dynamodb.conditions import Key
from botocore.awsrequest import AWSResponse
from urllib3 import HTTPResponse

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
QUEUE_URL = os.environ["QUEUE_URL"]

catalogue = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sqs = boto3.client("sqs")
requests = []


def keep(request, **_):
    """Take a request down instead of sending it."""
    operation = request.headers["X-Amz-Target"].decode()
    requests.append({"operation": operation, "body": json.loads(request.body)})
    return AWSResponse(request.url, 200, {}, HTTPResponse(io.BytesIO(b"{}"), preload_content=False))


if os.environ.get("DRY_RUN"):
    for client in (catalogue.meta.client, sqs):
        client.meta.events.register("before-send", keep)


def handler(event, context):
    """Take up the records of an S3 notification, or list what was uploaded under a prefix."""
    requests.clear()
    if "list" in event:
        answer = {"uploads": uploads(event["bucket"], event["list"])}
    else:
        answer = {"done": [take_up(record) for record in event["Records"]]}
    return answer | ({"requests": list(requests)} if os.environ.get("DRY_RUN") else {})


def take_up(record):
    """Put an object into the catalogue, or take it out."""
    bucket, s3_object = record["s3"]["bucket"]["name"], record["s3"]["object"]
    key = unquote_plus(s3_object["key"])
    kind = record["eventName"].partition(":")[0]
    if kind == "ObjectRemoved":
        catalogue.delete_item(Key={"bucket": bucket, "key": key})
        return f"removed {key}"
    if kind != "ObjectCreated":
        return f"ignored {record['eventName']} of {key}"
    item = {"bucket": bucket, "key": key, "size_bytes": s3_object["size"], "uploaded": record["eventTime"]}
    if "versionId" in s3_object:
        item["version"] = s3_object["versionId"]
    catalogue.put_item(Item=item)
    if key.lower().endswith(PICTURES):
        sqs.send_message(QueueUrl=QUEUE_URL, MessageBody=json.dumps({"bucket": bucket, "key": key}))
    return f"catalogued {key}"


def uploads(bucket, prefix):
    """The keys under a prefix, of all pages of the answer."""
    pages = catalogue.meta.client.get_paginator("query").paginate(
        TableName=catalogue.name,
        KeyConditionExpression=Key("bucket").eq(bucket) & Key("key").begins_with(prefix),
    )
    return [item["key"] for page in pages for item in page.get("Items", [])]
