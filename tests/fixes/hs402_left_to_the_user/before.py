import boto3
from boto3 import resource

buckets = boto3.resource("s3")
reads = boto3.resource("dynamodb").Table("orders")
conditional = boto3.resource("dynamodb").Table("items")
queue = boto3.resource("sqs").Queue("https://sqs.eu-west-1.amazonaws.com/1/orders")
topics = resource("sns")
jobs = boto3.resource("batch")
NAME = "archive"
archive = boto3.resource("s3").Bucket(NAME)


def handler(event, context):
    for bucket in buckets.buckets.all():
        print(bucket.name)
    conditional.put_item(Item=event, ConditionExpression=event["condition"])
    messages = queue.receive_messages()
    topics.Topic("a").publish(Message="-")
    store(event["name"])
    return reads.get_item(Key={"id": event["id"]})["Item"], messages, jobs


def store(NAME):
    archive.upload_file("/tmp/a", NAME)
