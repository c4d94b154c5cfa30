import re

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
START = re.compile(r"^orders/")
STRICT = re.compile(r"\d+\Z")
DOLLARS = re.compile(r"\d+\$")
LINES = re.compile(r"^total$", re.MULTILINE)
ENV_NAME = re.compile(r"^[A-Z]+$")


def handler(event, context):
    if not ENV_NAME.match("STAGE"):
        raise ValueError("no stage")
    return {
        "email": bool(EMAIL.fullmatch(event["email"])),
        "is_order": bool(START.match(event["key"])),
        "number": bool(STRICT.match(event["number"])),
        "price": bool(DOLLARS.match(event["price"])),
        "report": bool(LINES.match(event["report"])),
    }
