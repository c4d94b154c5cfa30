import json


def arguments(event):
    return json.loads(event["body"]) if "body" in event else event


def handler(event, context):
    if event.get("warm"):
        return {"statusCode": 204, "body": ""}
    return {"statusCode": 200, "body": json.dumps({"greeting": f"Hello {arguments(event)['name']}"})}
