"""HS437: a full collection after each of 20 batches, against none, beside 200,000 objects that init has made."""

from pair import run

_BATCHES = """
import gc

loaded = {number: {"name": str(number)} for number in range(100_000)}

def handler(event, context):
    processed = 0
    for start in range(0, 2_000, 100):
        batch = [{"id": number, "name": f" user {number} ".strip()} for number in range(start, start + 100)]
        processed += len(batch)
"""
_BAD = f"""{_BATCHES}
        gc.collect()
    return {{"processed": processed}}
"""
_GOOD = f"""{_BATCHES}
    return {{"processed": processed}}
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="warm")
