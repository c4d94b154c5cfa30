import re
from functools import cache

WORD = re.compile(r"\w+")
FIRST = [re.match(r"a", text) for text in ("a", "b")]


@cache
def pattern(name):
    return re.compile(r"[a-z]+")


def handler(event, context):
    found = [WORD.findall(line) for line in event["lines"]]
    for name in event["names"]:
        found.append(re.findall(name, event["text"]))
        found.append(re.findall(rf"\b{name}\b", event["text"]))
        found.append(pattern(name).findall(event["text"]))
    return found, re.match(r"order-(\d+)$", event["id"])


def on_my_machine(lines):
    return [re.match(r"a", line) for line in lines]
