import os

import boto3

s3 = boto3.resource("s3", region_name="eu-west-1")  # files
bucket = s3.Bucket(os.environ["BUCKET"])
topic = boto3.resource("sns").Topic("arn:aws:sns:eu-west-1:1:orders")
table = boto3.resource("dynamodb").Table("orders")


def handler(event, context):
    bucket.upload_file("/tmp/a", event["key"])
    bucket.put_object(Key=event["key"], Body=b"x")
    body = s3.Object("archive", event["latest"]).get()["Body"].read()
    # All of it.
    table.put_item(
        Item=item(event),
    )
    table.delete_item(Key=event["id"])
    return topic.publish(Message=body.decode())["MessageId"]


def item(event):
    return {"id": event["key"], "total": 3}
