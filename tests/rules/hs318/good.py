import json
from dataclasses import dataclass

try:
    unicode
except NameError:
    unicode = str

LIMIT = 10


@dataclass
class Order:
    limit: int = LIMIT

    def next(self) -> "Order":
        return Order(self.limit + 1)


def remember(value):
    global last
    last = value


def handler(event, context):
    remember(unicode(event))
    squares = [number * number for number in range(LIMIT) if (half := number // 2)]
    return json.dumps({"last": last, "squares": squares, "half": half, "file": __file__, "limit": Order().next().limit})
