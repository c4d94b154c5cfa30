import os

LIMIT_MB = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"))
ROOT = os.environ["LAMBDA_TASK_ROOT"]
# Names of one's own.
NEXT = os.environ["LAMBDA_FUNCTION_NAME"]
CACHE = os.environ.get("CACHE_MEMORY_SIZE", "10")
STREAM = os.environ["STREAM_NAME"]
os.environ["LAMBDA_MEMORY_SIZE"] = "256"


def handler(event, context):
    return [LIMIT_MB, ROOT, NEXT, CACHE, STREAM, os.environ["LAMBDA_MEMORY_SIZE"]]
