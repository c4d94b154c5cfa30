import json

import pandas as pd  # HS501
import matplotlib.pyplot as plt  # HS501
import numpy
import requests  # HS501


def handler(event, context):
    if event.get("report"):
        return report(event["rows"])
    return json.dumps(total(event["rows"]))


def total(rows):
    return float(numpy.sum(rows))


def report(rows):
    frame = pd.DataFrame(rows)
    return requests.post("https://example.com", data=frame.to_csv(), timeout=3).status_code
