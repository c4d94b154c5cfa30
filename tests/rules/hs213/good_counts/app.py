import json

from aws_lambda_powertools import Metrics

metrics = Metrics()


def handler(event, context):
    try:
        return {"statusCode": 200, "body": json.dumps(event["order"])}
    except KeyError as error:
        return {"statusCode": 400, "body": f"missing {error}"}
    except Exception:
        metrics.add_metric(name="Failed", unit="Count", value=1)
        return {"statusCode": 500, "body": "{}"}
