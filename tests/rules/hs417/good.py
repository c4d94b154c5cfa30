import json
import logging

logger = logging.getLogger()


class RefusedError(Exception):
    """What a caller shall read."""


def handler(event, context):
    try:
        if "id" not in event:
            raise RefusedError("an order has an id")
        return {"statusCode": 200, "body": json.dumps({"id": int(event["id"])})}
    except RefusedError as refusal:
        return {"statusCode": 400, "body": json.dumps({"error": str(refusal)})}
    except ValueError as error:
        return {"statusCode": 400, "body": json.dumps({"error": f"id is no number: {error}"})}
    except Exception as error:
        logger.exception("request failed: %s", str(error))
        return {"statusCode": 500, "body": json.dumps({"request_id": context.aws_request_id})}
