import time
from datetime import datetime, timedelta, timezone


def handler(event, context):
    started = time.perf_counter()
    now = time.time()
    age_s = now - event["made_s"]
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    old = datetime.now(timezone.utc) - datetime.fromisoformat(event["made"])
    day_ago_s = time.time() - 86_400
    limit = time.monotonic() + 1
    while time.monotonic() < limit and event["items"]:
        event["items"].pop()
    took_ms = (time.perf_counter() - started) * 1000
    return [age_s, yesterday.isoformat(), old.days, day_ago_s, took_ms]
