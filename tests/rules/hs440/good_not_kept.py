import psycopg2


def handler(event, context):
    connection = psycopg2.connect("dbname=orders connect_timeout=3")
    connection.cursor().execute("insert into orders values (%s)", (event["id"],))
    connection.commit()
    connection.close()
