import os

os.environ["TABLE"] = "orders"
HOST = os.environ["DB_HOST"]
TABLE = os.environ["TABLE"]
DEBUG = os.environ["DEBUG"] if "DEBUG" in os.environ else ""


def handler(event, context):
    try:
        port = os.environ["DB_PORT"]
    except KeyError:
        port = "5432"
    return {"host": HOST, "port": port, "memory": os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]}
