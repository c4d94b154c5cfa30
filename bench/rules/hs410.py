"""HS410: records handled while tracemalloc is on, against the same without it."""

from pair import run

_WORK = """
import json

LINES = [json.dumps({"id": n, "name": f"  order {n}", "price": n / 7}) for n in range(2_000)]

def clean(line):
    record = json.loads(line)
    return {"id": str(record["id"]), "name": record["name"].strip().title(), "price": round(record["price"], 2)}

def handler(event, context):
    return len([clean(line) for line in LINES])
"""

_BAD = f"import tracemalloc\ntracemalloc.start()\n{_WORK}"

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_WORK, claims="warm")
