import psycopg2

connection = psycopg2.connect("dbname=orders connect_timeout=3")


def handler(event, context):
    with connection, connection.cursor() as cursor:
        cursor.execute("insert into orders values (%s)", (event["id"],))
    with connection:
        connection.cursor().execute("delete from old")
        connection.commit()
