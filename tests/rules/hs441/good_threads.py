from concurrent.futures import ThreadPoolExecutor

from psycopg2.pool import ThreadedConnectionPool

pool = ThreadedConnectionPool(1, 4, dsn="dbname=orders")


def count(table):
    connection = pool.getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            return cursor.fetchone(), table
    finally:
        pool.putconn(connection)


def handler(event, context):
    with ThreadPoolExecutor(4) as executor:
        return list(executor.map(count, event["tables"]))
