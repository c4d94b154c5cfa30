import gc

TABLE = {number: str(number) for number in range(1000)}
gc.collect()
gc.freeze()


def handler(event, context):
    count = 0
    for record in event["records"]:
        count += len(record["name"])
    if count > 1_000_000:
        gc.collect()
    return count
