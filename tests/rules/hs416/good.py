import os

import psycopg2

connection = psycopg2.connect(os.environ["DATABASE_URL"])


def handler(event, context):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders (key, user_id) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING RETURNING id",
            (event["key"], event["user_id"]),
        )
        return {"order_id": cursor.fetchone()}
