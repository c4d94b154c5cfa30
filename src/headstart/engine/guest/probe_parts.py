"""What a value is made of, each part with what stands behind its name: found past whatever classes override."""

from __future__ import annotations

import sys
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Part = tuple[str, Any]

_KEY_SHOWN_MAX = 32
_MODULE = type(sys)
_FUNCTION = type(lambda: None)


def is_a(value: Any, kind: type | tuple[type, ...]) -> bool:
    """``isinstance``, by what ``value`` is: a proxy's ``__class__`` is code of the function's."""
    return issubclass(type(value), kind)


def home(kind: type) -> str:
    """The module that a class says it is of."""
    name = kind.__module__
    return name if type(name) is str else ""


def namespace(value: Any) -> dict[str, Any]:
    """``__dict__``, without loading a module that is loaded at its first use; empty where there is none."""
    try:
        content = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return content if type(content) is dict else {}


def parts(value: Any) -> list[Part]:
    """What ``value`` is made of, each with what stands behind its name."""
    try:
        return list(_parts_of(value))
    except (RuntimeError, ValueError):  # changed meanwhile by another thread; a cell that is empty
        return []


def _parts_of(value: Any) -> Iterator[Part]:
    if is_a(value, _MODULE):
        return
    if is_a(value, type):
        yield from ((f".{key}", part) for key, part in list(vars(value).items()) if not key.startswith("__"))
    elif is_a(value, _FUNCTION):
        yield from _function_parts(value)
    elif is_a(value, dict):
        yield from ((_index(key), part) for key, part in list(dict.items(value)))
    elif is_a(value, (list, tuple)):
        entries = list.__iter__(value) if is_a(value, list) else tuple.__iter__(value)
        yield from ((f"[{number}]", part) for number, part in enumerate(list(entries)))
    elif is_a(value, deque):
        yield from ((f"[{number}]", part) for number, part in enumerate(list(deque.__iter__(value))))
    if not is_a(value, (type, _FUNCTION)):
        yield from _attributes(value)


def _function_parts(function: Any) -> Iterator[Part]:
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    yield from (("(default)", part) for part in defaults)
    yield from (("(closure)", cell.cell_contents) for cell in function.__closure__ or ())


def _attributes(value: Any) -> Iterator[Part]:
    for name in ("__self__", "__wrapped__", "func"):  # bound methods, decorated functions, partial ones
        if home(type(value)) in ("builtins", "functools") and hasattr(value, name):
            yield "", getattr(value, name)
    yield from ((f".{key}", part) for key, part in list(namespace(value).items()))
    for kind in type(value).__mro__:
        yield from _slots(value, kind)


def _slots(value: Any, kind: type) -> Iterator[Part]:
    for descriptor in list(kind.__dict__.values()):
        if type(descriptor).__name__ == "member_descriptor" and descriptor.__objclass__ is kind:
            try:
                yield f".{descriptor.__name__}", descriptor.__get__(value)
            except AttributeError:  # nothing in it yet
                continue


def _index(key: Any) -> str:
    is_shown = type(key) is int or (type(key) is str and len(key) <= _KEY_SHOWN_MAX and key.isprintable())
    return f"[{key!r}]" if is_shown else "[…]"
