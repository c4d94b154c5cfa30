import os

LIMIT_MB = int(os.environ.get("LAMBDA_MEMORY_SIZE", "512"))  # HS424


def handler(event, context):
    provisioned = os.getenv("LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency"  # HS424
    return {"limit_mb": LIMIT_MB, "provisioned": provisioned}
