import boto3
import redis

sns = []


def handler(event, context):
    sns = boto3.client("sns")
    sns.publish(TopicArn=event["topic"], Message="-")
    cache: redis.Redis = redis.Redis(host="cache", port=6379)
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="-")
    return cache.get("x")


def sqs_client():
    """Its name is taken."""
