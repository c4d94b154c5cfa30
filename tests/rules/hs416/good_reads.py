import os

import psycopg2

connection = psycopg2.connect(os.environ["DATABASE_URL"])


def handler(event, context):
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders WHERE user_id = %s", (event["user_id"],))
        cursor.execute("UPDATE users SET seen = now() WHERE id = %s", (event["user_id"],))
        return cursor.rowcount
