import json


def take(event):
    return {"taken": event["id"]}


def handler(event, context):
    if "id" in event:
        result = take(event)
    else:
        result = {"error": "an order has an id"}
    if "error" in result:
        return {"statusCode": 400, "body": json.dumps(result)}
    return {"statusCode": 200, "body": json.dumps(result)}
