import boto3


def client(service, region="eu-west-1"):
    return boto3.client(service, region_name=region)  # HS401


def names(make):
    return [table for table in make("dynamodb").list_tables()["TableNames"]]


def each(items, function):
    return list(map(function, items))


def one(item):
    return boto3.client("sqs").send_message(QueueUrl="q", MessageBody=item)  # HS401


def handler(event, context):
    client("s3").list_buckets()
    each(event["items"], one)
    return names(client)
