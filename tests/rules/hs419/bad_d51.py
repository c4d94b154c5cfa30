import json
import os

import redis

cache = redis.Redis(host=os.environ["REDIS_HOST"])


def read_product(key):
    return {"key": key}


def handler(event, context):
    key = event["key"]
    try:
        cached = cache.get(key)
        if cached:
            return json.loads(cached)
        product = read_product(key)
        cache.setex(key, int(os.environ["CACHE_TTL"]), json.dumps(product))
        return product
    except Exception:
        return read_product(key)  # HS419
