import os
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import boto3
import psycopg2
import redis
from botocore.config import Config

OPTIONS = {"socket_timeout": 1.0}
cache = redis.Redis(host=os.environ["REDIS_HOST"], max_connections=10, retry_on_timeout=True, **OPTIONS)
old_cache = redis.StrictRedis(charset="utf-8", errors="strict")
s3 = boto3.client("s3", config=Config(retries={"max_attempts": 2}, connect_timeout=1, read_timeout=5))
# libpq takes any of its own parameters.
database = psycopg2.connect(host="db", application_name="orders", keepalives_idle=30)


class Redis:
    def __init__(self, connection_pool_max_connections):
        self.most = connection_pool_max_connections


async def fetch(url):
    timeout = aiohttp.ClientTimeout(total=3, sock_read=1)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session:
        return await session.get(url)


def handler(event, context):
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="read") as pool:
        return [*pool.map(cache.get, event["keys"]), Redis(connection_pool_max_connections=3).most]
