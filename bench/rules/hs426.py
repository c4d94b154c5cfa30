"""HS426: all results in a list of which the length is answered, against a count, over 200,000 records."""

from pair import run

_CLEAN = """
def records():
    for number in range(200_000):
        yield {"id": number, "name": f"  user {number} ", "email": f"User{number}@Example.COM"}

def clean(record):
    return {"id": record["id"], "name": record["name"].strip().title(), "email": record["email"].lower()}
"""
_BAD = f"""{_CLEAN}
def handler(event, context):
    results = []
    for record in records():
        results.append(clean(record))
    return {{"processed": len(results)}}
"""
_GOOD = f"""{_CLEAN}
def handler(event, context):
    processed = 0
    for record in records():
        clean(record)
        processed += 1
    return {{"processed": processed}}
"""

if __name__ == "__main__":
    run(__doc__, bad=_BAD, good=_GOOD, claims="memory")
