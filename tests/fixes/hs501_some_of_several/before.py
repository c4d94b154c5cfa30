# What is loaded.
import json, requests
from pandas import (
    DataFrame as Frame,
    concat,
    read_csv,
)


def handler(event, context):
    if event.get("url"):
        global latest
        latest = requests.get(event["url"], timeout=3).text
        return latest
    if event.get("report"):
        return concat([Frame(each) for each in event["rows"]]).to_csv()
    return json.dumps(event)


def upload(path):
    total = 0
    while total < 10:
        total += read_csv(path).size
    return total


latest = None
