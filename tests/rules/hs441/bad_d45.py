import psycopg2.pool
from psycopg_pool import ConnectionPool

pool = psycopg2.pool.SimpleConnectionPool(1, 20, dsn="dbname=orders")  # HS441
threaded = psycopg2.pool.ThreadedConnectionPool(minconn=2, maxconn=5, dsn="dbname=orders")  # HS441
newer = ConnectionPool("dbname=orders")  # HS441


def handler(event, context):
    return pool, threaded, newer
