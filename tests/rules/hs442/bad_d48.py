import json


def handler(event, context):
    name = event.get("name", "nobody")  # HS442
    greeting = {"greeting": f"Hello {name}", "language": event.get("language")}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(greeting)}
