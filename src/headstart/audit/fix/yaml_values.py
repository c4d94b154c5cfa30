"""Writes values as YAML or JSON text, in the manner of the document that they go into."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from headstart.errors import EditError

_PLAIN = re.compile(r"[A-Za-z_][\w./-]*|AWS::[\w:]+")
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """``indent`` is the white space of one level, ``line_end`` what ends a line."""

    is_json: bool
    indent: str
    line_end: str


def scalar(value: Any, manner: Manner, *, quote: str = "") -> str:
    """A text, number, truth or null; texts in the quotes that stood there before, if any.

    Raises:
        EditError: it is of another kind.
    """
    if not isinstance(value, str | int | float | None):
        raise EditError(f"{value!r} cannot be written into a template")
    if not isinstance(value, str) or manner.is_json:
        return json.dumps(value, ensure_ascii=False)
    if quote == "'":
        return "'" + value.replace("'", "''") + "'"
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT
    return value if is_plain and not quote else json.dumps(value, ensure_ascii=False)


def flow(value: Any, manner: Manner) -> str:
    """Any value on one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{scalar(str(key), manner)}: {flow(each, manner)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(each, manner) for each in value)}]"
    return scalar(value, manner)


def block(value: Any, manner: Manner, *, margin: str) -> str:
    """A mapping or sequence over several lines that begin with ``margin``, but for the first, which stands anywhere."""
    lines = _json_lines(value, manner) if manner.is_json else list(_lines(value, manner))
    return (manner.line_end + margin).join(lines)


def is_collection(value: Any) -> bool:
    """Whether it is written over several lines."""
    return isinstance(value, dict | list | tuple) and bool(value)


def _json_lines(value: Any, manner: Manner) -> list[str]:
    flow(value, manner)  # refuses what JSON cannot say
    return json.dumps(value, ensure_ascii=False, indent=manner.indent).splitlines()


def _lines(value: Any, manner: Manner) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            name = scalar(str(key), manner)
            if is_collection(each):
                yield f"{name}:"
                yield from (f"{manner.indent}{line}" for line in _lines(each, manner))
            else:
                yield f"{name}: {flow(each, manner)}"
    else:
        for each in value:
            first, *others = _lines(each, manner) if is_collection(each) else [flow(each, manner)]
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
