import json


def take(event):
    return {"taken": event["id"]}


def handler(event, context):
    action = event["action"]
    if action == "take":
        result = take(event)
    else:
        result = {"error": f"Unknown action: {action}"}  # HS430
    body = {"success": True, "data": result}
    return {"statusCode": 200, "body": json.dumps(body)}
