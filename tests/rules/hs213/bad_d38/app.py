import json
import logging


def handler(event, context):
    try:
        return {"statusCode": 200, "body": json.dumps(place(event))}
    except KeyError as error:
        return {"statusCode": 400, "body": f"missing {error}"}
    except Exception:  # HS213
        logging.exception("failed")
        return {"statusCode": 500, "body": "{}"}


def place(event):
    return {"order": event["order"]}
