import boto3
import psycopg2
import requests

SETTINGS = {}
region = None


def handler(event, context):
    global region
    region = event["region"]
    SETTINGS["region"] = region
    connection = psycopg2.connect("dbname=orders")
    with requests.Session() as session:
        session.get("https://example.com", timeout=3)
    boto3.client("s3", **SETTINGS).list_buckets()
    sqs = boto3.client("sqs", region_name=region)
    sqs.meta.events.register("before-call.sqs", print)
    sts = boto3.client("sts")
    sts.close()
    connection.cursor().execute("select 1")


def archive():
    import boto3

    return boto3.client("glacier").list_vaults()
