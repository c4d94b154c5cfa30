"""The records that the bench puts through: of the facts' shape, 110 bytes each, some of them spoilt."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COUNT = 400_000
_SEED = 1
# Of one block of COUNT records.
_SPOILT_EVERY = 10_000


def person(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"  user name{number % 1000} ",
        "email": f"User{number}@Example.COM",
        "age": str(18 + number % 60),
        "score": f"{chance.random() * 100:.4f}",
    }


def people(count: int = COUNT) -> Iterator[dict[str, Any]]:
    chance = random.Random(_SEED)
    return (person(number, chance) for number in range(count))


def write_jsonl(path: Path) -> None:
    with path.open("w") as file:
        file.writelines(json.dumps(record) + "\n" for record in people())


def block() -> tuple[bytes, list[int]]:
    """A block of lines for the object store, and which of them are spoilt: an e-mail without @, and no JSON."""
    lines, spoilt = [], []
    for number, record in enumerate(people()):
        if number % _SPOILT_EVERY == _SPOILT_EVERY - 2:
            record["email"] = "nobody"
            spoilt.append(number)
        line = json.dumps(record)
        if number % _SPOILT_EVERY == _SPOILT_EVERY - 1:
            line = line[:-1]
            spoilt.append(number)
        lines.append(line + "\n")
    return "".join(lines).encode(), spoilt
