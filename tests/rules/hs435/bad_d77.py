def handler(event, context):
    action = event.get("action", "cpu_test")  # HS435
    if action in ("batch", "async"):
        return {"action": action}
    if action == "benchmark":
        return {"rows": []}
    else:
        raise ValueError(action)
