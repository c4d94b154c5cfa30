from psycopg2.pool import SimpleConnectionPool

pool = SimpleConnectionPool(0, 1, dsn="dbname=orders")


def insert(order):
    connection = pool.getconn()  # HS408
    with connection.cursor() as cursor:
        cursor.execute("insert into orders values (%s)", (order,))
    connection.commit()
    pool.putconn(connection)


class Repository:
    def __init__(self):
        self.pool = None

    def count(self):
        if not self.pool:
            self.pool = SimpleConnectionPool(0, 1)
        connection = self.pool.getconn()  # HS408
        try:
            cursor = connection.cursor()
            cursor.execute("select count(*) from orders")
            found = cursor.fetchone()
            self.pool.putconn(connection)
        except Exception as error:
            return {"error": type(error).__name__}
        return found


repository = Repository()


def handler(event, context):
    insert(event["order"])
    return repository.count()
