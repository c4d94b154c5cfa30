"""Calls that make a client, a connection or a pool: what is dear to make and cheap to keep."""

_POOLS = ("SimpleConnectionPool", "ThreadedConnectionPool", "PersistentConnectionPool", "AbstractConnectionPool")
_REDIS = ("Redis", "StrictRedis", "RedisCluster")
_REDIS_HOMES = ("redis", "redis.client", "redis.cluster", "redis.asyncio", "redis.asyncio.client", "valkey")

SESSIONS = frozenset({"boto3.Session", "boto3.session.Session"})
AWS_CLIENTS = frozenset({"boto3.client", "boto3.resource"}) | {
    f"{session}().{kind}" for session in SESSIONS for kind in ("client", "resource")
}

# Bound to the event loop that they are made in, and so to one asyncio.run().
ASYNC_SESSIONS = frozenset(
    {"aiohttp.ClientSession", "aiohttp.client.ClientSession", "httpx.AsyncClient", "aiobotocore.session.get_session"}
)

CONNECTIONS = frozenset(
    {
        "psycopg2.connect",
        "psycopg.connect",
        "psycopg.Connection.connect",
        *(f"psycopg2.pool.{pool}" for pool in _POOLS),
        "psycopg_pool.ConnectionPool",
        "pymysql.connect",
        "pymysql.connections.Connection",
        "MySQLdb.connect",
        "mysql.connector.connect",
        "mysql.connector.pooling.MySQLConnectionPool",
        "pyodbc.connect",
        "pymssql.connect",
        "oracledb.connect",
        "cx_Oracle.connect",
        "snowflake.connector.connect",
        "redshift_connector.connect",
        "sqlalchemy.create_engine",
        "sqlalchemy.engine.create_engine",
        "pymongo.MongoClient",
        "pymongo.mongo_client.MongoClient",
        *(f"{home}.{kind}" for home in _REDIS_HOMES for kind in _REDIS),
        *(f"{home}.{kind}.from_url" for home in _REDIS_HOMES for kind in _REDIS),
        "redis.from_url",
        "redis.asyncio.from_url",
        "pymemcache.client.base.Client",
        "elasticsearch.Elasticsearch",
        "opensearchpy.OpenSearch",
        "cassandra.cluster.Cluster",
        "neo4j.GraphDatabase.driver",
        "kafka.KafkaProducer",
        "confluent_kafka.Producer",
        "pika.BlockingConnection",
        "grpc.insecure_channel",
        "grpc.secure_channel",
        "requests.Session",
        "requests.session",
        "requests.sessions.Session",
        "httpx.Client",
        "urllib3.PoolManager",
    }
)
