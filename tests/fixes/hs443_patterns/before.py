import re
from re import findall

WIDTH = 3
DIGITS = r"\d"


def handler(event, context):
    found = [findall(r"\w+", line) for line in event["lines"]]
    for line in event["lines"]:
        # The order's number.
        if re.match(r"order-(\d+)$", line.strip(), re.IGNORECASE | re.ASCII):  # as written
            found.append(order(line))
        found += re.findall(DIGITS, line)
        found += re.split(r"\s", line, maxsplit=WIDTH)
    return found


def order(line):
    digits = re.compile(rb"[0-9]+")  # ASCII
    again = digits.sub(b"0", line.encode())
    return re.sub(r"\s+", " ", string=again.decode()) or re.sub(r"\s+", "", line)
