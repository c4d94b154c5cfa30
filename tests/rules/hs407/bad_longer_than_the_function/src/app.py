import requests


def handler(event, context):
    requests.get(event["url"], timeout=30)  # HS407
    return requests.get(event["url"], timeout=5).text
