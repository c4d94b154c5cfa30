import json


def handler(event, context):
    try:
        return {"statusCode": 200, "body": json.dumps(event["order"])}
    except KeyError as error:
        return {"statusCode": 400, "body": f"missing {error}"}
    except Exception:
        return {"statusCode": 500, "body": "{}"}
