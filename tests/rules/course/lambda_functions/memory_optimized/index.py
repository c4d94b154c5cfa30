"""The function in front of the batch processor, whose classes are in tools (9.2.1)."""

import json
import os

processor = OptimizedDataProcessor(  # D57
    memory_limit_mb=int(os.environ.get("LAMBDA_MEMORY_SIZE", "512")),  # D58
)


def lambda_handler(event, context):
    action = event.get("action", "process_data")  # D59
    try:
        if action == "process_large_dataset":
            result = processor.process_large_dataset(event.get("data", []), event.get("batch_size", 1000))
        elif action == "memory_test":
            result = memory_test(event.get("test_size_mb", 100))
        else:
            return {"statusCode": 400, "body": json.dumps({"error": f"Unknown action: {action}"})}
        return {"statusCode": 200, "body": json.dumps(result)}
    except MemoryError:  # D67
        return {"statusCode": 507, "body": json.dumps({"error": "out of memory"})}
    except Exception as e:
        return {"statusCode": 500, "body": json.dumps({"error": str(e)})}  # D46


def memory_test(test_size_mb):
    block = "x" * (test_size_mb * 1024 * 1024)  # D66
    return {"allocated_mb": len(block) // 1024 // 1024}
