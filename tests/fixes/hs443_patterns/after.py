import re
from re import findall

HANDLER_PATTERN = re.compile(r"order-(\d+)$", re.IGNORECASE | re.ASCII)
HANDLER_PATTERN_3 = re.compile(r"\s")
digits = re.compile(rb"[0-9]+")  # ASCII
ORDER_PATTERN = re.compile(r"\s+")

WIDTH = 3
DIGITS = r"\d"
HANDLER_PATTERN_2 = re.compile(DIGITS)


def handler(event, context):
    found = [findall(r"\w+", line) for line in event["lines"]]
    for line in event["lines"]:
        # The order's number.
        if HANDLER_PATTERN.match(line.strip()):  # as written
            found.append(order(line))
        found += HANDLER_PATTERN_2.findall(line)
        found += HANDLER_PATTERN_3.split(line, maxsplit=WIDTH)
    return found


def order(line):
    again = digits.sub(b"0", line.encode())
    return ORDER_PATTERN.sub(" ", string=again.decode()) or ORDER_PATTERN.sub("", line)
