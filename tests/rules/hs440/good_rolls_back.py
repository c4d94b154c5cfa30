import psycopg2

connection = psycopg2.connect("dbname=orders connect_timeout=3")


def handler(event, context):
    try:
        connection.cursor().execute("insert into orders values (%s)", (event["id"],))
        connection.commit()
    except psycopg2.Error:
        connection.rollback()
        raise
