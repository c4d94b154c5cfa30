def handler(event, context):
    action = event.get("action", "process_data")  # HS435
    if action == "process_large_dataset":
        return {"records": len(event["records"])}
    elif action == "memory_test":
        return {"size": event["size"]}
    else:
        return {"statusCode": 400, "body": f"Unknown action: {action}"}
