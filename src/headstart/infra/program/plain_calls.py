"""Calls of Python's own functions and methods whose values are known."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any, Final

from headstart.infra.program.machine import OUTSIDE
from headstart.infra.program.resources.call import Call
from headstart.infra.program.values import Unknown
from headstart.model.infrastructure import Symbolic

NOT_PLAIN: Final = object()
_FAILS: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_PLAIN: Final = (str, int, float, PurePath)
_LONG: Final = 10_000
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "len": len,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "round": round,
    "abs": abs,
    "min": min,
    "max": max,
    "sum": sum,
    "range": range,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "sorted": sorted,
    "reversed": lambda value: list(reversed(value)),
    "enumerate": lambda value, start=0: list(enumerate(value, start)),
    "zip": lambda *values: list(zip(*values, strict=False)),
    "math.ceil": lambda value: -int(-value // 1),
    "math.floor": lambda value: int(value // 1),
    "os.path.join": os.path.join,
    "os.path.dirname": os.path.dirname,
    "os.path.abspath": os.path.normpath,
    "os.path.realpath": os.path.normpath,
    "os.path.basename": os.path.basename,
    "os.path.normpath": os.path.normpath,
    "pathlib.Path": Path,
    "pathlib.PurePath": Path,
}
_OUTSIDE: Final = frozenset({"os.getenv", "os.environ.get", "os.getcwd", "input", "open", "json.load", "print"})
_TEXT: Final = frozenset(
    {"capitalize", "endswith", "format", "join", "lower", "lstrip", "removeprefix", "removesuffix", "replace", "rstrip"}
    | {"split", "startswith", "strip", "title", "upper", "zfill"}
)
_OF_TYPES: Final[Mapping[type, frozenset[str]]] = {
    str: _TEXT,
    dict: frozenset({"copy", "get", "items", "keys", "pop", "setdefault", "update", "values"}),
    list: frozenset({"append", "copy", "count", "extend", "index", "insert", "pop"}),
    tuple: frozenset({"count", "index"}),
    set: frozenset({"add", "copy", "union", "update"}),
}
_OF_PATHS: Final = frozenset({"joinpath", "as_posix", "with_suffix", "with_name"})
_CHANGES: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "pop"})


def function(made: Call) -> Any:
    """What a function of Python's gives; NOT_PLAIN for another."""
    if made.name in _OUTSIDE:
        return OUTSIDE
    work = _FUNCTIONS.get(made.name)
    if work is None:
        return NOT_PLAIN
    # A list may hold anything; a value that is not known makes the result unknown.
    unknown = next((each for each in made.values if isinstance(each, Unknown)), None)
    if unknown is not None or made.is_open:
        return unknown or Unknown(made.name)
    if made.name in ("str", "bool") and not all(isinstance(each, _PLAIN) for each in made.values):
        is_text = made.name == "str" and isinstance(made.value("", 0), Symbolic)
        return made.value("", 0) if is_text else Unknown(made.name)
    if made.name == "range" and any(isinstance(each, int) and abs(each) > _LONG for each in made.values):
        return Unknown("a long range")
    return _done(work, made)


def method(made: Call) -> Any:
    """What a method of a text, list, mapping or path gives; NOT_PLAIN for another."""
    owner, name = made.owner, made.name
    if isinstance(owner, PurePath):
        if name in ("resolve", "absolute"):
            return owner
        return _done(getattr(owner, name), made) if name in _OF_PATHS else NOT_PLAIN
    if name not in _OF_TYPES.get(type(owner), ()):
        return NOT_PLAIN
    if made.machine.uncertain and name in _CHANGES:
        return _change_perhaps(owner, made)
    unknown = next((each for each in made.values if isinstance(each, Unknown)), None)
    if unknown is not None and name not in _CHANGES:
        return unknown
    if isinstance(owner, str) and name == "format":
        return _formatted(made)
    found = _done(getattr(owner, name), made)
    return list(found) if name in ("items", "keys", "values") else found


def _formatted(made: Call) -> Any:
    """``"orders-{}".format(stage)``."""
    if not all(isinstance(each, (*_PLAIN, Symbolic)) for each in made.values):
        return Unknown("a text that is not followed")
    text = _done(made.owner.format, made)
    refers_to = [id_ for each in made.values if isinstance(each, Symbolic) for id_ in each.refers_to]
    is_open = any(isinstance(each, Symbolic) for each in made.values)
    return Symbolic(text, tuple(dict.fromkeys(refers_to))) if is_open and isinstance(text, str) else text


def _change_perhaps(owner: Any, made: Call) -> Any:
    """A list or mapping that may be changed: what is added is not known."""
    made.machine.escape(made.values, to="a list that may not get it", place=made.place)
    if isinstance(owner, list):
        owner.append(Unknown("an item that may not be there"))
    return OUTSIDE


def _done(work: Callable[..., Any], made: Call) -> Any:
    try:
        return work(
            *(given.value for given in made.positional), **{name: each.value for name, each in made.keywords.items()}
        )
    except _FAILS:
        return Unknown(f"{made.name}()")
