import boto3
import redis

sns_client = boto3.client("sns")
redis_client = redis.Redis(host="cache", port=6379)
sqs_client_2 = boto3.client("sqs")

sns = []


def handler(event, context):
    sns = sns_client
    sns.publish(TopicArn=event["topic"], Message="-")
    cache: redis.Redis = redis_client
    sqs_client_2.send_message(QueueUrl=event["queue"], MessageBody="-")
    return cache.get("x")


def sqs_client():
    """Its name is taken."""
