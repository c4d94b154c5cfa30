import os

import store

LEVEL = os.environ["LOG_LEVEL"]


def handler(event, context):
    return store.save(event, os.environ["AWS_REGION"])
