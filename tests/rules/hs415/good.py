import os

_requests = 0


def handler(event, context):
    global _requests
    _requests += 1
    on_demand = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    cold_start = _requests == 1
    return {"first": _requests == 1, "cold": on_demand and cold_start}
