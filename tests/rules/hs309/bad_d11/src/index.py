import json

import boto3
import psycopg2  # HS309

s3 = boto3.client("s3")


def lambda_handler(event, context):
    return {"statusCode": 200, "body": json.dumps(cached(event["key"]))}


def cached(key):
    try:
        import redis  # HS309

        return redis.Redis().get(key)
    except Exception:
        return psycopg2.connect("").cursor().execute("select 1")
