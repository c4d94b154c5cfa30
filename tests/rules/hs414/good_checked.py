import os
from functools import cache

import psycopg2


@cache
def first_connection():
    return [psycopg2.connect(os.environ["DATABASE_URL"])]


def connection():
    kept = first_connection()
    try:
        with kept[0].cursor() as cursor:
            cursor.execute("SELECT 1")
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        kept[0] = psycopg2.connect(os.environ["DATABASE_URL"])
    return kept[0]


def handler(event, context):
    with connection() as database, database.cursor() as cursor:
        cursor.execute("SELECT name FROM products WHERE key = %s", (event["key"],))
        return cursor.fetchone()
