MB = 1024 * 1024
MOST_MB = 256


def block(size_mb):
    if not 0 < size_mb <= MOST_MB:
        raise ValueError(f"size_mb is 1 to {MOST_MB}")
    return bytearray(size_mb * MB)


def handler(event, context):
    count = min(event["count"], 1000)
    zeros = [0] * count
    price_cents = event["quantity"] * 250
    line = "-" * 80
    return [len(block(event["size_mb"])), len(zeros), price_cents, line, bytes(event["text"], "utf-8").hex()]
