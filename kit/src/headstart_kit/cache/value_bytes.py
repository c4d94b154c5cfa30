"""How much memory a value takes, estimated in a time that does not grow with the value."""

from __future__ import annotations

import sys
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_LOOKED_AT = 4096
_PER_COLLECTION = 64
_WITHOUT_PARTS = frozenset((str, bytes, bytearray, int, float, complex, bool, type(None)))
_COLLECTIONS = frozenset((list, tuple, set, frozenset))
_NOT_ITS_OWN = (type, ModuleType, FunctionType, BuiltinFunctionType)


def value_bytes(value: object) -> int:
    """Bytes of the value and of all that it refers to, by ``sys.getsizeof``.

    Of a collection of more than 64, that many evenly spaced ones are looked at and stand for the others; 4,096 in all,
    shared out evenly, so that the deepest parts of a large value may be missed. What is met twice counts once. Modules,
    classes and functions do not count, nor does memory that an extension in C hides from ``getsizeof``.
    """
    found: dict[int, tuple[int, float]] = {}
    ahead: list[tuple[object, float, int]] = [(value, 1.0, _LOOKED_AT)]
    while ahead:
        one, stands_for, budget = ahead.pop()
        if issubclass(type(one), _NOT_ITS_OWN):
            continue
        if id(one) in found:  # shared, so all that the sample stands for have this one
            stands_for, budget = 1.0, 0
        found[id(one)] = (sys.getsizeof(one, 64), stands_for)
        if type(one) in _WITHOUT_PARTS or budget <= 0:
            continue
        count, parts = _parts(one, at_most=min(budget, _PER_COLLECTION))
        share = (budget - len(parts)) // (sum(type(part) not in _WITHOUT_PARTS for part in parts) or 1)
        ahead += ((part, stands_for * count / len(parts), share) for part in parts)
    return round(sum(size_bytes * stands_for for size_bytes, stands_for in found.values()))


def _parts(one: Any, *, at_most: int) -> tuple[int, list[Any]]:
    """How many parts it has, and those that are looked at. No code of the value's own class is run."""
    if type(one) is dict:
        pairs = _spaced(one.items(), count=len(one), at_most=max(1, at_most // 2))
        return 2 * len(one), [part for pair in pairs for part in pair]
    if type(one) in _COLLECTIONS:
        return len(one), _spaced(one, count=len(one), at_most=at_most)
    import gc

    parts = gc.get_referents(one)
    return len(parts), _spaced(parts, count=len(parts), at_most=at_most)


def _spaced(parts: Iterable[Any], *, count: int, at_most: int) -> list[Any]:
    return list(islice(parts, 0, None, max(1, -(-count // at_most))))
