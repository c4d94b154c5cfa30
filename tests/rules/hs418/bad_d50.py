import re

EMAIL = re.compile(r"^[\w.+-]+@[\w-]+\.[\w.]+$")
PATTERNS = {"phone": re.compile(r"^\+?[1-9]\d{6,14}$")}


def is_valid_email(text):
    return bool(EMAIL.match(text))  # HS418


def handler(event, context):
    phone = event.get("phone", "")
    return {
        "email": is_valid_email(event["email"]),
        "phone": PATTERNS["phone"].match(phone) is not None,  # HS418
        "zip": bool(re.match(r"[0-9]{5}$", event["zip"])),  # HS418
    }
