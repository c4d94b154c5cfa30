"""HS443: a pattern looked up by its text for each of 20,000 short lines, against one compiled at module level."""

from pair import run

_BAD = """
import re

LINES = [f"order-{number}" for number in range(20_000)]

def handler(event, context):
    return sum(re.match(r"order-(\\d+)$", line) is not None for line in LINES)
"""

_GOOD = """
import re

LINES = [f"order-{number}" for number in range(20_000)]
PATTERN = re.compile(r"order-(\\d+)$")

def handler(event, context):
    return sum(PATTERN.match(line) is not None for line in LINES)
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="warm")
