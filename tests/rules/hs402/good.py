import functools

import boto3

session = boto3.Session(region_name="eu-west-1")
elsewhere = boto3.Session(region_name="us-east-1")
dynamodb = session.client("dynamodb")
archive = elsewhere.client("s3")


@functools.cache
def report_table():
    return boto3.resource("dynamodb").Table("reports")


def handler(event, context):
    return dynamodb.get_item(TableName="orders", Key={"id": {"S": event["id"]}}), archive


if __name__ == "__main__":
    print(list(boto3.resource("s3").buckets.all()))
