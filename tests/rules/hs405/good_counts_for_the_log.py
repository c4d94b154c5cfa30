import os


def handler(event, context):
    print(f"CPUs of the host: {os.cpu_count()}")
    return sum(n * n for n in event["numbers"])
