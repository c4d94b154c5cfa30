import json
import time

import boto3

functions = boto3.client("lambda")
queries = boto3.client("athena")


def invoke(name, payload):
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(payload))  # HS411
    return json.load(answer["Payload"])


def handler(event, context):
    prices = boto3.Session().client("lambda")
    price = prices.invoke(FunctionName="price", InvocationType="RequestResponse", Payload="{}")  # HS411
    started = queries.start_query_execution(QueryString="select 1")["QueryExecutionId"]
    while True:
        state = queries.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"]
        if state not in ("QUEUED", "RUNNING"):
            break
        time.sleep(1)  # HS411
    return invoke("stock", event), price, state
