"""Python calls as text, laid out as Ruff's formatter lays them out."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_WIDTH: Final = 120
_INDENT: Final = "    "
_SHOWN: Final = frozenset({"target_ratio", "percent", "minutes", "duration_percent"})


class Code(msgspec.Struct, frozen=True):
    """An expression that is written as it is."""

    text: str


class Call(msgspec.Struct, frozen=True):
    """A call with arguments in their order; the name of a positional one is empty. ``comments`` by argument."""

    name: str
    arguments: tuple[tuple[str, Any], ...]
    comments: Mapping[str, str] = {}


def call(name: str, /, *positional: Any, comments: Mapping[str, str] | None = None, **named: Any) -> Call:
    """A call without the arguments that are None."""
    arguments = [("", value) for value in positional] + list(named.items())
    return Call(name, tuple(each for each in arguments if each[1] is not None), comments or {})


def of_struct(value: msgspec.Struct, comments: Mapping[str, str] | None = None) -> Call:
    """The call that makes ``value``, with what is not the default, and with what is worth to be seen all the same."""
    named = {
        field.name: getattr(value, field.name)
        for field in msgspec.structs.fields(value)
        if field.required or field.name in _SHOWN or getattr(value, field.name) != field.default
    }
    return call(type(value).__name__, comments=comments, **named)


def statement(target: str, value: Any) -> str:
    """``target = value``, or the value alone where there is no target."""
    before = f"{target} = " if target else ""
    return before + render(value, column=len(before))


def render(value: Any, *, indent: str = "", column: int = 0) -> str:
    """The text of ``value`` that begins at ``column``, over several lines where it does not fit into one."""
    line = _line(value)
    can_be_split = isinstance(value, dict | list | tuple | msgspec.Struct) and not isinstance(value, Code)
    if line is not None and (column + len(line) <= _WIDTH or not can_be_split):
        return line
    opening, inner, closing = _parts(value)
    deeper = indent + _INDENT
    lines = []
    for name, each, comment in inner:
        lines += [f"{deeper}# {comment}"] if comment else []
        lines.append(f"{deeper}{name}{render(each, indent=deeper, column=len(deeper + name) + 1)},")
    return "\n".join([opening, *lines, indent + closing])


def _line(value: Any) -> str | None:
    """The text in one line; None where a comment needs lines of its own, or there would be too much in it."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, msgspec.Struct) and not isinstance(value, Call):
        return _line(of_struct(value))
    if not isinstance(value, Call | tuple | list | dict):
        return repr(value)
    opening, inner, closing = _parts(value)
    texts = [(name, _line(each), comment) for name, each, comment in inner]
    if any(text is None or comment for _, text, comment in texts):
        return None
    end = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return opening + ", ".join(f"{name}{text}" for name, text, _ in texts) + end + closing


def _parts(value: Any) -> tuple[str, list[tuple[str, Any, str]], str]:
    """What opens ``value``, what is in it (name, value, comment), and what closes it."""
    if isinstance(value, dict):
        return "{", [(f"{json.dumps(key, ensure_ascii=False)}: ", each, "") for key, each in value.items()], "}"
    if isinstance(value, tuple | list):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        return opening, [("", each, "") for each in value], closing
    made = value if isinstance(value, Call) else of_struct(value)
    inner = [(f"{key}=" if key else "", each, made.comments.get(key, "")) for key, each in made.arguments]
    return f"{made.name}(", inner, ")"
