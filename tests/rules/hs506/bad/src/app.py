import random
import uuid

import boto3

ENVIRONMENT_ID = str(uuid.uuid4())  # HS506
random.seed(7)  # HS506
secrets = boto3.client("secretsmanager")


def password():
    return secrets.get_secret_value(SecretId="orders")["SecretString"]


PASSWORD = password()  # HS506


def handler(event, context):
    return {"id": str(uuid.uuid4()), "environment": ENVIRONMENT_ID, "draw": random.random(), "length": len(PASSWORD)}
