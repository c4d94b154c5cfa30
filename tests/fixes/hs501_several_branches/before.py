import functools

import pandas


def handler(event, context):
    if event.get("csv"):
        return report(event)
    elif event.get("json"):
        return [each.to_json() for each in Reports(event).all()]
    return len(event["rows"])


def report(event):
    rows = event["rows"]
    if not rows:
        return ""
    if event["csv"] == "wide":
        return pandas.DataFrame(rows).T.to_csv()
    elif event["csv"] == "long":
        return pandas.DataFrame(rows).to_csv()
    return ""


class Reports:
    def __init__(self, event):
        self.rows = event["rows"]

    def all(self):
        for row in self.rows:
            if row:
                yield pandas.Series(row)


def counted(function):
    """How often."""

    @functools.wraps(function)
    def wrapper(rows):
        return pandas.Series(function(rows)).size

    return wrapper
