import json
import logging
import os

import redis

cache = redis.Redis(host=os.environ["REDIS_HOST"])
logger = logging.getLogger()


def read_product(key):
    return {"key": key}


def cached(key):
    try:
        found = cache.get(key)
        return json.loads(found) if found else None
    except redis.RedisError:
        logger.warning("the cache cannot be read")
        return None


def handler(event, context):
    key = event["key"]
    product = cached(key)
    if product is None:
        product = read_product(key)
        try:
            cache.setex(key, 300, json.dumps(product))
        except redis.RedisError:
            logger.warning("the cache takes no write")
    return product
