import pandas


def handler(event, context):
    if event.get("report"):
        return pandas.DataFrame(event["rows"]).to_csv()
    return len(event["rows"])
