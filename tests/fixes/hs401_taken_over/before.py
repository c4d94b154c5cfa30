"""Orders."""

import os

import boto3
from botocore.config import Config

REGION = os.environ.get("REGION", "eu-west-1")
LIMIT = 3


def handler(event, context):
    # One client
    # for all.
    s3 = boto3.client(
        "s3",
        region_name=REGION,  # near
        config=Config(
            max_pool_connections=LIMIT,
        ),
    )  # kept
    return s3.get_object(Bucket="orders", Key=event["key"])["ETag"], queue(), queue_again(), elsewhere()


def queue():
    sqs = boto3.client("sqs", region_name=REGION)
    return sqs.list_queues()


def queue_again():
    sqs = boto3.client("sqs", region_name=REGION)
    return sqs.list_queues()


def elsewhere():
    session = boto3.Session(region_name="us-east-1")  # elsewhere
    logs = session.client("logs", config=Config(max_pool_connections=LIMIT))
    return logs.describe_log_groups()
