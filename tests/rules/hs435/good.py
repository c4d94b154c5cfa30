def handler(event, context):
    action = event.get("action", "list")
    if action == "list":
        return []
    elif action == "count":
        return 0
    else:
        return {"statusCode": 400, "body": f"Unknown action: {action}"}
