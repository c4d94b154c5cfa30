import json


def take(event):
    return {"taken": event["id"]}


def handler(event, context):
    status, action = 200, event["action"]
    if action == "take":
        result = take(event)
    elif action == "check":
        result = {"checked": event["id"]}
    else:
        return {"statusCode": 400, "body": json.dumps({"error": f"Unknown action: {action}"})}
    if result.get("error"):
        status = 500
    return {"statusCode": status, "body": json.dumps(result)}
