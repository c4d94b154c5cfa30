import os
from os import environ

CACHE_S = int(os.environ.get("CACHE_TTL", "60"))


def save(event, region):
    host = environ["DB_HOST"]  # HS308
    name = os.environ["DB_NAME"]  # HS308
    return {"host": os.environ["DB_HOST"], "name": name, "first": host, "region": region}
