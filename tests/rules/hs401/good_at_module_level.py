import boto3
import psycopg2.pool
import redis

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table("orders")
connections = psycopg2.pool.SimpleConnectionPool(0, 1, dsn="dbname=orders")
redis_pool = redis.ConnectionPool(host="cache")


class Orders:
    sns = boto3.client("sns")

    def __init__(self, client=boto3.client("sqs")):
        self.client = client


orders = Orders()


def handler(event, context):
    connection = connections.getconn()
    try:
        cache = redis.Redis(connection_pool=redis_pool)
        return cache.get("x"), table.scan(), orders.client.list_queues(), s3.list_buckets()
    finally:
        connections.putconn(connection)


if __name__ == "__main__":
    boto3.client("lambda").invoke(FunctionName="orders")
