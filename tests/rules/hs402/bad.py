import boto3

dynamodb = boto3.resource("dynamodb")  # HS402
table = dynamodb.Table("orders")
first = boto3.Session(region_name="eu-west-1").client("s3")
second = boto3.Session(region_name="eu-west-1").client("sqs")  # HS402


def handler(event, context):
    return table.get_item(Key={"id": event["id"]}), first, second
