import clients
from clients import connection as connect


def handler(event, context):
    with connect() as connection:
        connection.execute("select 1")
    return clients.s3.list_buckets()
