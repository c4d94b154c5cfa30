from collections import deque
from functools import lru_cache

REGIONS = ["eu-west-1", "us-east-1"]
recent = deque(maxlen=100)
errors = []
cache = {}
prices = {}
is_cold = True


@lru_cache(maxsize=128)
def price(product):
    return prices.get(product)


def load():
    if not cache:
        cache["settings"] = {"limit": 3}
    return cache["settings"]


def customer_of(order):
    names = []
    names.append(order["customer"])
    return names


def handler(event, context):
    global is_cold
    is_cold = False
    errors.clear()
    recent.append(event["id"])
    if "id" not in event:
        errors.append("no id")
    prices["default"] = 3
    return price(event["product"]), load(), customer_of(event), REGIONS, is_cold


def local(errors):
    errors.append("x")
