from functools import cache, cached_property, lru_cache, partial

import boto3
import psycopg
from headstart_kit import resource


@cache
def client(service):
    return boto3.client(service)


@lru_cache(maxsize=1)
def connection():
    def connect():
        return psycopg.connect("dbname=orders")

    return connect()


@resource
def queue():
    return boto3.client("sqs")


topic = resource(lambda: boto3.client("sns"))
logs = cache(partial(boto3.client, "logs"))


class Mail:
    @cached_property
    def ses(self):
        return boto3.client("ses")


mail = Mail()


def handler(event, context):
    with connection().cursor() as cursor:
        cursor.execute("select 1")
    return client("s3").list_buckets(), queue().list_queues(), topic(), logs(), mail.ses
