import json


def respond(status, body):
    return {"statusCode": status, "body": json.dumps(body)}


def handler(event, context):
    try:
        return respond(200, event["order"])
    except:  # HS213
        return respond(500, "sorry")
