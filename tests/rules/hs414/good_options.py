import os

import psycopg_pool
import sqlalchemy
from sqlalchemy.pool import NullPool

pool = psycopg_pool.ConnectionPool(
    os.environ["DATABASE_URL"], min_size=0, max_size=1, check=psycopg_pool.ConnectionPool.check_connection
)
engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
other = sqlalchemy.create_engine(os.environ["OTHER_URL"], poolclass=NullPool)


def handler(event, context):
    with pool.connection() as connection:
        return connection.execute("DELETE FROM baskets WHERE id = %s", [event["id"]]).rowcount
