results = {}


def handler(event, context):
    if len(results) > 100:
        results.popitem()
    results[event["id"]] = event["value"]
    return results
