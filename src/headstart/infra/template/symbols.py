"""Values that only a deployment knows: text with ``${…}`` in it, joined and split without looking inside the marks."""

import re
from collections.abc import Iterable
from typing import Any, Final

from headstart.model.infrastructure import Symbolic


class _Absent:
    def __repr__(self) -> str:
        return "AWS::NoValue"


ABSENT: Final = _Absent()
"""What ``AWS::NoValue`` resolves to: the property, or the item of a list, is not there."""

_PSEUDO_WORDS = {f"AWS::{name}" for name in ("AccountId", "Partition", "Region", "StackName", "URLSuffix")}
_SEPARATOR = re.compile("[:/,;| ]")
_PART = re.compile(r"\$\{([^{}]*)\}|\{\{resolve:[^{}]*\}\}")


def opaque(name: str, *inputs: Any) -> Symbolic:
    """The result of a function that cannot be computed before deployment, e.g. ``${Fn::GetAZs}``."""
    return Symbolic(f"${{{name}}}", references(inputs))


def references(value: Any) -> tuple[str, ...]:
    """The logical ids in a resolved value, each once, in their order."""
    found: dict[str, None] = {}
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Symbolic):
            found.update(dict.fromkeys(item.refers_to))
        elif isinstance(item, dict):
            pending += reversed(item.values())
        elif isinstance(item, list | tuple):
            pending += reversed(item)
    return tuple(found)


def is_known(value: Any) -> bool:
    """Whether nothing in the value waits for the deployment."""
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return not isinstance(value, Symbolic)


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it into text: ``true``, not ``True``; 1, not 1.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def join(parts: Iterable[Any], delimiter: str = "") -> str | Symbolic:
    """The parts with the delimiter between them; symbolic when one of them is."""
    parts = list(parts)
    text = delimiter.join(as_text(part) for part in parts)
    return text if is_known(parts) else Symbolic(text, references(parts))


def split(value: Symbolic, delimiter: str, *, words: Iterable[str]) -> list[str | Symbolic] | None:
    """The pieces of a symbolic text, or None when what is unknown in it may contain the delimiter.

    ``words`` are what stands in ``${…}`` and is known to be a plain word: a name, a region, an account. Such a word may
    have anything in it but what separates the parts of an ARN or of a URL.
    """
    words = (set(words) | _PSEUDO_WORDS) if _SEPARATOR.search(delimiter) else set()
    pieces = [""]
    at = 0
    for found in _PART.finditer(value.text):
        if found[1] not in words:
            return None
        _add(pieces, value.text[at : found.start()].split(delimiter))
        pieces[-1] += found[0]
        at = found.end()
    _add(pieces, value.text[at:].split(delimiter))
    return [_piece(piece, value.refers_to) for piece in pieces]


def _add(pieces: list[str], more: list[str]) -> None:
    pieces[-1] += more[0]
    pieces += more[1:]


def _piece(text: str, refers_to: tuple[str, ...]) -> str | Symbolic:
    marks = [found[1] or "" for found in _PART.finditer(text)]
    if not marks:
        return text
    return Symbolic(text, tuple(name for name in refers_to if any(_names(mark, name) for mark in marks)))


def _names(mark: str, logical_id: str) -> bool:
    return mark == logical_id or mark.startswith(f"{logical_id}.")
