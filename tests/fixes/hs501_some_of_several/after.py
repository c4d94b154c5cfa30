# What is loaded.
import json


def handler(event, context):
    if event.get("url"):
        global latest
        import requests

        latest = requests.get(event["url"], timeout=3).text
        return latest
    if event.get("report"):
        from pandas import (
            DataFrame as Frame,
            concat,
        )

        return concat([Frame(each) for each in event["rows"]]).to_csv()
    return json.dumps(event)


def upload(path):
    from pandas import read_csv

    total = 0
    while total < 10:
        total += read_csv(path).size
    return total


latest = None
