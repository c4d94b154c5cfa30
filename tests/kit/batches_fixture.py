"""What the tests of batches share: clocks that count, content in memory, and the course's transformation."""

import gzip
import json
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any

from headstart_kit import deadline
from headstart_kit.batches.contents import Pieces
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.deadline import Deadline


def lines(records: Iterable[object]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def content(text: bytes, *, piece_bytes: int = 1000, name: str = "pieces") -> Pieces:
    """Content that can be opened again and again, in pieces."""
    pieces = [text[start : start + piece_bytes] for start in range(0, len(text), piece_bytes)]
    return Pieces(gzip_pieces(pieces) if name.endswith(".gz") else pieces, name=name, version="1")


def gzip_pieces(pieces: list[bytes]) -> list[bytes]:
    return [gzip.compress(piece) for piece in pieces]


def json_lines(text: bytes, **options: Any) -> JsonLines:
    return JsonLines(content(text), **options)


class Kept:
    """A function as a sink: it keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def __call__(self, records: list[Any]) -> None:
        self.records += records


class CountedTicks:
    """A clock on which each look takes ``step_s``: time passes with what is done, however fast the machine is."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += self._step_s
        return self._now_s


@contextmanager
def due(deadline_: Deadline):
    """Make it the current deadline."""
    before = deadline.begin(deadline_)
    try:
        yield
    finally:
        deadline.begin(before)


def due_after(looks: int):
    """A deadline that passes at that many looks at the clock."""
    return due(Deadline(looks * 1000.0, margin_ms=0, ticks_s=CountedTicks(1.0)))


def clean(record: dict[str, Any]) -> dict[str, Any]:
    """The course's: the name trimmed and titled, the e-mail lower-cased and checked, age and score as numbers."""
    name = record["name"].strip().title()
    email = record["email"].strip().lower()
    if not name:
        raise ValueError("the name is empty")
    if "@" not in email:
        raise ValueError("the e-mail has no @")
    return {
        "id": record["id"],
        "name": name,
        "email": email,
        "age": int(record["age"]),
        "score": float(record["score"]),
    }


def person(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"  user name{number % 1000} ",
        "email": f"User{number}@Example.COM",
        "age": str(18 + number % 60),
        "score": f"{number % 101:.4f}",
    }


Transform = Callable[[Any], Any]
