from contextlib import contextmanager

import boto3
import psycopg

s3 = boto3.client("s3")
_kept = []


@contextmanager
def connection():
    if not _kept:
        _kept.append(psycopg.connect("dbname=orders"))
    yield _kept[0]
