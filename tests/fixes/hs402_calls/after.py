import os

import boto3
from boto3.dynamodb.types import TypeSerializer

serialize = TypeSerializer().serialize

s3 = boto3.client("s3", region_name="eu-west-1")  # files
sns = boto3.client("sns")
dynamodb = boto3.client("dynamodb")


def handler(event, context):
    s3.upload_file(Bucket=os.environ["BUCKET"], Filename="/tmp/a", Key=event["key"])
    s3.put_object(Bucket=os.environ["BUCKET"], Key=event["key"], Body=b"x")
    body = s3.get_object(Bucket="archive", Key=event["latest"])["Body"].read()
    # All of it.
    dynamodb.put_item(TableName="orders", Item={name: serialize(value) for name, value in item(event).items()})
    dynamodb.delete_item(TableName="orders", Key={name: serialize(value) for name, value in event["id"].items()})
    return sns.publish(TopicArn="arn:aws:sns:eu-west-1:1:orders", Message=body.decode())["MessageId"]


def item(event):
    return {"id": event["key"], "total": 3}
