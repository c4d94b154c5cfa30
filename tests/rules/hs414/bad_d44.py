import os

import psycopg2.pool

_pool = None


def pool():
    global _pool
    if _pool is None:
        _pool = psycopg2.pool.SimpleConnectionPool(1, 20, host=os.environ["DB_HOST"])  # HS414
    return _pool


def handler(event, context):
    connection = pool().getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO orders (user_id) VALUES (%s)", (event["user_id"],))
        connection.commit()
    finally:
        pool().putconn(connection)
    return {"taken": True}
