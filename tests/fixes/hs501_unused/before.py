import json

# Charts.
import matplotlib.pyplot as plt

ROWS = 3


def handler(event, context):
    return json.dumps(event)
