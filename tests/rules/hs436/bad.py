import json


def handler(event, context):
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            print(order["id"])
        except Exception as error:  # HS436
            print("failed", error)
            continue
    return {"statusCode": 200}
