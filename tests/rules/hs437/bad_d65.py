import gc


def clean(batch):
    return len([record["name"].strip() for record in batch])


def handler(event, context):
    count = 0
    for start in range(0, len(event["records"]), 100):
        count += clean(event["records"][start : start + 100])
        gc.collect()  # HS437
    return count
