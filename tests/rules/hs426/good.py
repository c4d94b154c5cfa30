import boto3

s3 = boto3.client("s3")


def clean(record):
    return record["name"].strip()


def handler(event, context):
    results, failures, batch, count = [], [], [], 0
    failures = []
    kept = []
    numbers = []
    for record in event["records"]:
        if not record.get("name"):
            failures.append(record["id"])
            continue
        count += 1
        kept.append(clean(record))
        batch.append(clean(record))
        numbers.append(record["id"])
        if len(batch) == 100:
            s3.put_object(Bucket="names", Key=str(count), Body="\n".join(batch))
            batch = []
    for name in kept[:3]:
        print(name)
    return {"count": count, "failed": len(failures), "kept": len(kept), "results": results, "ids": len(numbers)}
