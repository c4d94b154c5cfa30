import boto3
import requests
from botocore.config import Config

s3 = boto3.client(
    "s3",
    region="eu-west-1",  # HS413
    config=Config(read_timout=5),  # HS413
)


def handler(event, context):
    return requests.get("https://example.com/health", time_out=3).status_code  # HS413
