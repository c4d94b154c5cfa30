"""Prints people, always the same, some of them wrong: ``python make_people.py 1000000 [csv]``."""

import csv
import json
import sys
from collections.abc import Iterator

NAMES = ("  ada lovelace ", "GRACE HOPPER", "edsger dijkstra", " barbara liskov", "Leslie LAMPORT ")
EVERY = 12  # one in so many is wrong
WRONG = (
    {"name": "   "},
    {"email": None},
    {"email": "ada@example.com\n"},
    {"age": 151},
    {"age": "thirty"},
    {"score": "high"},
)


def person(number: int) -> dict:
    """The person of that number, always the same."""
    name = NAMES[number % len(NAMES)]
    right = {
        "id": number,
        "name": name,
        "email": f"{name.split()[0]}.{number}@Example.COM",
        "age": 18 + number % 60,
        "score": f"{number % 101 / 4:.2f}",
    }
    round_, rest = divmod(number, EVERY)
    return right | (WRONG[round_ % len(WRONG)] if rest == EVERY - 1 else {})


def json_lines(count: int) -> Iterator[str]:
    """One person a line."""
    return (json.dumps(person(number)) + "\n" for number in range(count))


def write_csv(count: int, file) -> None:
    """One person a row."""
    rows = csv.DictWriter(file, list(person(0)), lineterminator="\n")
    rows.writeheader()
    rows.writerows(person(number) for number in range(count))


if __name__ == "__main__":
    if sys.argv[2:] == ["csv"]:
        write_csv(int(sys.argv[1]), sys.stdout)
    else:
        sys.stdout.writelines(json_lines(int(sys.argv[1])))
