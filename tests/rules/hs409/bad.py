from collections import defaultdict

customer = None
seen = []
totals = defaultdict(int)
by_id = {}


def remember(order):
    seen.append(order["id"])  # HS409
    by_id[order["id"]] = order  # HS409
    return totals


def handler(event, context):
    global customer
    customer = event["customer"]  # HS409
    for order in event["orders"]:
        remember(order)
    return {"customer": customer, "seen": len(event["orders"])}
