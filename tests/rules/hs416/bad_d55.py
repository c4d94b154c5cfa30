import os

import psycopg2

connection = psycopg2.connect(os.environ["DATABASE_URL"])


def handler(event, context):
    with connection, connection.cursor() as cursor:
        cursor.execute(  # HS416
            "INSERT INTO orders (user_id, total_cents) VALUES (%s, %s) RETURNING id",
            (event["user_id"], event["total_cents"]),
        )
        return {"order_id": cursor.fetchone()[0]}
