import os

import psycopg2

connection = None


def handler(event, context):
    global connection
    if connection is None:
        connection = psycopg2.connect(host=os.environ["DB_HOST"], connect_timeout=3)
    with connection, connection.cursor() as cursor:
        cursor.execute("select 1")
        return cursor.fetchone()
