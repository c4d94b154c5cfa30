"""HS405: threads that only compute, against a loop, at one vCPU."""

from pair import run

_WORK = """
from concurrent.futures import ThreadPoolExecutor

NUMBERS = range(500, 1_500)

def count(n):
    return sum(1 for divisor in range(1, n) if n % divisor == 0)
"""

_BAD = f"""{_WORK}
def handler(event, context):
    with ThreadPoolExecutor(max_workers=4) as executor:
        return sum(executor.map(count, NUMBERS))
"""

_GOOD = f"""{_WORK}
def handler(event, context):
    return sum(map(count, NUMBERS))
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="warm")
