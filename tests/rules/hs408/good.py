from contextlib import ExitStack, contextmanager

import psycopg_pool
from psycopg2.pool import SimpleConnectionPool

pool = SimpleConnectionPool(0, 1, dsn="dbname=orders")
newer = psycopg_pool.ConnectionPool("dbname=orders", min_size=0, max_size=1)


@contextmanager
def connection():
    borrowed = pool.getconn()
    try:
        yield borrowed
        borrowed.commit()
    except Exception:
        borrowed.rollback()
        raise
    finally:
        pool.putconn(borrowed)


class Borrowed:
    def __enter__(self):
        self.connection = pool.getconn()
        return self.connection

    def __exit__(self, *_):
        pool.putconn(self.connection)


def take():
    return pool.getconn()


def count():
    mine = take()
    try:
        with mine.cursor() as cursor:
            cursor.execute("select count(*) from orders")
            return cursor.fetchone()
    finally:
        pool.putconn(mine)


def later():
    with ExitStack() as stack:
        mine = pool.getconn()
        stack.callback(pool.putconn, mine)
        return mine.cursor()


def handler(event, context):
    with connection() as mine, Borrowed() as other, newer.connection() as third:
        return mine, other, third, count(), later()
