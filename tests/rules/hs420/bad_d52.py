import os

SETTINGS = {
    "cache_ttl": int(os.environ.get("CACHE_TTL", "300")),
    "max_retry_attempts": int(os.environ.get("MAX_RETRY_ATTEMPTS", "3")),  # HS420
}
BATCH_SIZE = int(os.getenv("BATCH_SIZE", "25"))  # HS420


class Limits:
    def __init__(self):
        self.timeout_seconds = float(os.environ["TIMEOUT_SECONDS"])  # HS420
        self.depth = int(os.environ["DEPTH"])


limits = Limits()


def handler(event, context):
    return {"ttl": SETTINGS["cache_ttl"], "depth": limits.depth}
