import redis

cache = redis.Redis(host="cache")
seen = set()


def read(key):
    return key.upper()


def handler(event, context):
    try:
        cache.set(event["key"], "1")
        value = read(event["key"])
    except redis.RedisError:
        # The load comes after the write: it has not run.
        value = read(event["key"])
    try:
        seen.add(read(value))
    except ValueError:
        return read("default")
    return value
