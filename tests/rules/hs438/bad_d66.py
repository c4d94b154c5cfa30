MB = 1024 * 1024


def memory_test(size_mb):
    block = "x" * (size_mb * MB)  # HS438
    return len(block)


def handler(event, context):
    size_mb = event.get("test_size_mb", 100)
    zeros = [0] * int(event["count"])  # HS438
    data = bytearray(size_mb * 1024)  # HS438
    return [memory_test(size_mb), len(zeros), len(data)]
