# ruff: noqa: F821
from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

if sys.version_info >= (3, 15):
    kinds = (dict, frozendict)

if sys.version_info[0] < 3:
    text = unicode
else:
    text = str

_client = None
total = sum(number for number in range(3))


def connect() -> Client:
    global _client, _made
    if _client is None:
        _client = object()
        _made = True
    return _client


class Client:
    limit = 3
    sizes = [number for number in range(limit)]

    def name(self) -> str:
        return f"{__class__.__name__} of {__name__} in {os.path.dirname(__file__)}"


def handler(event: Mapping, context):
    match event:
        case {"kind": kind, **rest}:
            return {"kind": text(kind), "rest": rest, "made": connect() and _made, "name": Client().name()}
    if (size := len(event)) > Client.limit:
        return size
    try:
        return total / size
    except ZeroDivisionError as error:
        return [str(error) for _ in range(2)]


def kind(value):
    match value:
        case True | None:
            return "flag"
        case [first, *others]:
            return [first, others]
        case str() as text_found:
            return text_found
        case complex(real=real):
            return real
