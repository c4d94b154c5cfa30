import re
from re import findall


def handler(event, context):
    words = [word for line in event["lines"] for word in findall(r"\w+", line)]  # HS443
    for line in event["lines"]:
        if re.match(r"order-(\d+)$", line, re.IGNORECASE):  # HS443
            words.append(order(line))
    return words


def order(line):
    digits = re.compile(r"[0-9]+")  # HS443
    return digits.sub("0", re.sub(pattern=r"\s+", repl=" ", string=line))  # HS443
