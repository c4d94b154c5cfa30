import psycopg2

connection = psycopg2.connect("dbname=orders connect_timeout=3")


def handler(event, context):
    cursor = connection.cursor()
    try:
        cursor.execute("insert into orders values (%s)", (event["id"],))
        connection.commit()  # HS440
    except psycopg2.Error:
        return {"statusCode": 500}
    return {"statusCode": 200}
