import ast


def literal(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return text


class OutOfMemoryError(Exception):
    """Ours."""


def handler(event, context):
    room_mb = int(context.memory_limit_in_mb) - 64
    if event["size_mb"] > room_mb:
        return {"statusCode": 413, "body": f"at most {room_mb} MB, else Python would have raised MemoryError"}
    try:
        return {"statusCode": 200, "body": str(event["size_mb"])}
    except OutOfMemoryError:
        raise
