import logging

logger = logging.getLogger()


def clean(records):
    results = []
    for record in records:
        try:
            results.append({"id": record["id"], "age": int(record["age"])})
        except Exception as error:  # HS436
            logger.error("record %s: %s", record, error)
    return results


def handler(event, context):
    return {"processed": len(event["records"]), "results": clean(event["records"])}
