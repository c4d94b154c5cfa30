import boto3


class Archive:
    def __init__(self, bucket):
        self.bucket = bucket
        self.s3 = boto3.client("s3")  # HS401

    def store(self, key, body):
        boto3.resource("sns").Topic("t").publish(Message=key)  # HS401
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)


def handler(event, context):
    Archive("archive").store(event["key"], event["body"])
