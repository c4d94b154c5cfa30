import json

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    stored = list()
    for record in event["Records"]:
        stored.append(s3.put_object(Bucket="orders", Key=record["messageId"], Body=json.dumps(record)))  # HS426
    print(f"stored {len(stored)}")
    return len(stored)
