from psycopg2.pool import SimpleConnectionPool

pool = SimpleConnectionPool(0, 1, dsn="dbname=orders")


def handler(event, context):
    connection = pool.getconn()
    connection.cursor().execute("insert into orders values (%s)", (event["id"],))
    connection.commit()  # HS440
    pool.putconn(connection)
