def handler(event, context):
    kind = event.get("kind", "standard")
    if kind == "express":
        days = 1
    elif kind == "bulk":
        days = 9
    else:
        days = 3
    method = event.get("method")
    if method == "GET":
        return days
    elif method == "HEAD":
        return None
    raise ValueError(f"Unknown method: {method}")
