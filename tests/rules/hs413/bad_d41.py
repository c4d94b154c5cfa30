import os

import redis

_client = None


def cache():
    global _client
    if _client is None:
        _client = redis.Redis(
            host=os.environ["REDIS_HOST"],
            connection_pool_max_connections=10,  # HS413
        )
    return _client


def handler(event, context):
    return {"value": cache().get(event["key"])}
