import os

import psycopg2.pool
from psycopg_pool import ConnectionPool

pool = psycopg2.pool.SimpleConnectionPool(0, 1, dsn="dbname=orders")
sized = psycopg2.pool.SimpleConnectionPool(1, int(os.environ["CONNECTIONS"]), dsn="dbname=orders")
newer = ConnectionPool("dbname=orders", min_size=1, max_size=1)


def handler(event, context):
    return pool, sized, newer
