def clean(batch):
    return [record["name"].strip() for record in batch]


def handler(event, context):
    records = event["records"]
    results = []
    for start in range(0, len(records), 100):
        batch = records[start : start + 100]
        results.extend(clean(batch))  # HS426
    return {"processed": len(results)}
