import os

import requests

session = requests.Session()


def handler(event, context):
    key = event["key"]
    first = session.get(f"https://api.example.com/orders/{key}", timeout=3)
    second = session.get("https://api.example.com/orders/" + key, timeout=3)
    third = session.post(os.environ["HOOK"], json=event, timeout=3)
    found = {"a": 1}.get(key)
    url = f"https://api.example.com/orders/{key}"
    session.delete(url, timeout=3)
    return [first.status_code, second.status_code, third.status_code, found]
