import os

import psycopg2


def handler(event, context):
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM baskets WHERE id = %s", (event["id"],))
        return cursor.rowcount
