import boto3
import psycopg2
from redis import Redis


def handler(event, context):
    s3 = boto3.client("s3")  # HS401
    connection = psycopg2.connect("dbname=orders")  # HS401
    cache = Redis(host="cache")  # HS401
    cache.set("last", event["key"])
    connection.cursor().execute("select 1")
    return s3.get_object(Bucket="orders", Key=event["key"])["ETag"]
