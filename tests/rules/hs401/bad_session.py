import boto3
import requests


def handler(event, context):
    session = boto3.Session(region_name="eu-west-1")
    queue = session.client("sqs")  # HS401
    with requests.Session() as http:  # HS401
        answer = http.get(event["url"], timeout=3)
    queue.send_message(QueueUrl="q", MessageBody=answer.text)
