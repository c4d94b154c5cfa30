def handler(event, context):
    try:
        block = bytearray(event["size_mb"] * 1024 * 1024)
        return {"statusCode": 200, "body": str(len(block))}
    except MemoryError:  # HS427
        return {"statusCode": 507, "body": "out of memory"}
