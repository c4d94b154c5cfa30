from psycopg2 import pool


def rows(sql):
    connections = pool.SimpleConnectionPool(1, 2, dsn="dbname=orders")  # HS401
    connection = connections.getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        connections.putconn(connection)


def handler(event, context):
    return rows("select count(*) from orders")
