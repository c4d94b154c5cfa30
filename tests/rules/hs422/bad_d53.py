import time
from datetime import datetime


def handler(event, context):
    started = time.time()
    begun = datetime.now()
    total = sum(range(event["count"]))
    return {
        "total": total,
        "took_ms": (time.time() - started) * 1000,  # HS422
        "also_ms": (datetime.now() - begun).total_seconds() * 1000,  # HS422
    }
