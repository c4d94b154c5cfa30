"""Its classes live in another folder, and nothing imports them."""

import json

processor = OptimizedDataProcessor(batch_size=100)  # HS318


def handler(event, context):
    with MemoryProfiler() as profiler:  # HS318
        result = processor.process(event["records"])
    return {"statusCode": 200, "body": json.dumps({"result": result, "memory": profiler.report()})}
