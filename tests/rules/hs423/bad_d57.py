# ruff: noqa: F821
import os

processor = OptimizedProcessor(limit_mb=int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]))  # HS423


def handler(event, context):
    if event.get("trace"):
        profiler.start()  # HS423
    return processor.process(event["records"])


class Sizes:
    limit = 3
    # A comprehension does not see the names of the class around it, but for what it goes over.
    all = [limit for _ in range(limit)]  # HS423
