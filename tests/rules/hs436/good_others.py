import json
import logging

logger = logging.getLogger()
SOURCES = ("a", "b")


def handler(event, context):
    rejected = []
    for record in event["records"]:
        try:
            record["body"] = json.loads(record["body"])
        except json.JSONDecodeError:
            logger.warning("no JSON")
        try:
            record["age"] = int(record["age"])
        except Exception as error:
            rejected.append((record["id"], str(error)))
    for source in SOURCES:
        try:
            logger.info(source)
        except Exception:
            logger.exception("failed")
    return {"rejected": rejected}
