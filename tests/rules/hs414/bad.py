import os

import pymysql
import sqlalchemy

connection = pymysql.connect(host=os.environ["DB_HOST"], user="shop")  # HS414
engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"], pool_size=1)  # HS414


def handler(event, context):
    with connection.cursor() as cursor, engine.connect() as other:
        cursor.execute("DELETE FROM baskets WHERE id = %s", (event["id"],))
        return other.execute(sqlalchemy.text("SELECT count(*) FROM baskets")).scalar()
