import json
import logging

logger = logging.getLogger()


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            logger.info("order %s", json.loads(record["body"])["id"])
        except Exception:
            logger.exception("failed")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
