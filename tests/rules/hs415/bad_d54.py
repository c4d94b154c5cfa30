_requests = 0


def handler(event, context):
    global _requests
    _requests += 1
    return {"request": _requests, "cold_start": _requests == 1}  # HS415
