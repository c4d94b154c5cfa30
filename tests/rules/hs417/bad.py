import json
import traceback


def respond(status, body):
    return {"statusCode": status, "body": json.dumps(body)}


def lookup(key):
    try:
        return respond(200, {"value": 1 / len(key)})
    except Exception as error:
        return respond(500, {"error": f"lookup failed: {error!r}"})  # HS417


def handler(event, context):
    try:
        return lookup(event["key"])
    except:  # noqa: E722
        details = {"error": "unexpected", "trace": traceback.format_exc()}  # HS417
        return {"statusCode": 500, "body": json.dumps(details)}
