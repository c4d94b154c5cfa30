"""Orders."""

import os

import boto3
from botocore.config import Config

session = boto3.Session(region_name="us-east-1")  # elsewhere

REGION = os.environ.get("REGION", "eu-west-1")
sqs = boto3.client("sqs", region_name=REGION)
LIMIT = 3
# One client
# for all.
s3 = boto3.client(
    "s3",
    region_name=REGION,  # near
    config=Config(
        max_pool_connections=LIMIT,
    ),
)  # kept
logs = session.client("logs", config=Config(max_pool_connections=LIMIT))


def handler(event, context):
    return s3.get_object(Bucket="orders", Key=event["key"])["ETag"], queue(), queue_again(), elsewhere()


def queue():
    return sqs.list_queues()


def queue_again():
    return sqs.list_queues()


def elsewhere():
    return logs.describe_log_groups()
