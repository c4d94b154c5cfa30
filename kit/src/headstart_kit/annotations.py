"""From plain annotations to checks of what comes as JSON."""

from __future__ import annotations

import enum
import types

from headstart_kit import json_checks
from headstart_kit.constraints import Range
from headstart_kit.json_checks import Check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # The checks of classes met so far, in the making or made.
    Known = dict[type, Check]

_TAKES_ARGUMENTS, _TAKES_KEYWORDS = 0x04, 0x08


def check_of_arguments(function: Callable[..., object]) -> Check:
    """A check of an object whose members are the arguments of ``function``; it makes a dict of them.

    Raises:
        TypeError: a parameter cannot be given by name, or an annotation is of no type that JSON has.
    """
    plain: Any = function
    while hasattr(plain, "__wrapped__"):
        plain = plain.__wrapped__
    code: types.CodeType = plain.__code__
    if code.co_flags & (_TAKES_ARGUMENTS | _TAKES_KEYWORDS) or code.co_posonlyargcount:
        raise TypeError(
            f"{plain.__qualname__} has a parameter that cannot be given by name; write it without *, ** and /"
        )
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    with_default = names[code.co_argcount - len(plain.__defaults__ or ()) : code.co_argcount]
    hints = _hints(plain)
    known: Known = {}
    fields = {name: _check(hints.get(name, object), known) for name in names}
    return json_checks.record(fields, {*with_default, *(plain.__kwdefaults__ or ())}, make=dict)


def _hints(annotated: object) -> dict[str, Any]:
    import typing

    return typing.get_type_hints(annotated, include_extras=True)


def _check(annotation: Any, known: Known) -> Check:
    import typing

    # NewType, and the type statement of 3.12.
    annotation = getattr(annotation, "__supertype__", getattr(annotation, "__value__", annotation))
    origin = typing.get_origin(annotation) or annotation
    if origin in _PLAIN:
        return _PLAIN[origin]
    if origin is typing.Any:
        return json_checks.ANYTHING
    form = _forms().get(origin)
    if form is not None:
        return form(typing.get_args(annotation), known)
    if not isinstance(origin, type):
        raise _no_check(annotation)
    if origin not in known:
        _check_class(origin, known)
    return known[origin]


_PLAIN: dict[object, Check] = {
    object: json_checks.ANYTHING,
    None: json_checks.NULL,
    type(None): json_checks.NULL,
    bool: json_checks.BOOLEAN,
    int: json_checks.integer(),
    float: json_checks.NUMBER,
    str: json_checks.STRING,
}


def _forms() -> dict[object, Callable[[tuple[Any, ...], Known], Check]]:
    import typing

    return {
        list: _list,
        tuple: _tuple,
        dict: _dict,
        typing.Annotated: _annotated,
        typing.Literal: _literal,
        typing.Union: _union,
        types.UnionType: _union,
    }


def _list(args: tuple[Any, ...], known: Known) -> Check:
    return json_checks.array(_check(args[0] if args else object, known))


def _tuple(args: tuple[Any, ...], known: Known) -> Check:
    if args and args[-1] is not Ellipsis:
        return json_checks.row([_check(each, known) for each in args])
    return json_checks.array(_check(args[0] if args else object, known), make=tuple)


def _dict(args: tuple[Any, ...], known: Known) -> Check:
    key, value = args or (str, object)
    if key is not str:
        raise TypeError(f"the keys of a dict are {key!r}; JSON has str only")
    return json_checks.mapping(_check(value, known))


def _union(args: tuple[Any, ...], known: Known) -> Check:
    return json_checks.either([_check(each, known) for each in args])


def _literal(args: tuple[Any, ...], _known: Known) -> Check:
    return json_checks.one_of([(value, value) for value in args])


def _annotated(args: tuple[Any, ...], known: Known) -> Check:
    annotation, *metadata = args
    constraints = [each for each in metadata if hasattr(each, "problem")]
    ranges = [each for each in constraints if isinstance(each, Range)]
    check = json_checks.integer(ranges) if annotation is int else _check(annotation, known)
    return json_checks.constrained(check, constraints)


def _check_class(class_: type[Any], known: Known) -> None:
    """Put the check of a class among the known, before those of its fields: they may be of the same class."""
    if hasattr(class_, "model_validate"):
        known[class_] = json_checks.model(class_.model_validate)
    elif isinstance(class_, enum.EnumMeta):
        known[class_] = json_checks.one_of([(member.value, member) for member in class_])
    elif hasattr(class_, "__dataclass_fields__") or hasattr(class_, "__total__"):
        members = _members_of_dataclass if hasattr(class_, "__dataclass_fields__") else _members_of_typed_dict
        hints, optional = members(class_)
        fields: dict[str, Check] = {}
        known[class_] = json_checks.record(fields, optional, make=class_)
        fields.update({name: _check(hint, known) for name, hint in hints.items()})
    else:
        raise _no_check(class_)


def _members_of_dataclass(class_: type[Any]) -> tuple[dict[str, Any], set[str]]:
    import dataclasses

    hints = _hints(class_)
    given = [field for field in dataclasses.fields(class_) if field.init]
    missing = dataclasses.MISSING
    optional = {field.name for field in given if field.default is not missing or field.default_factory is not missing}
    return {field.name: hints[field.name] for field in given}, optional


def _members_of_typed_dict(class_: type[Any]) -> tuple[dict[str, Any], set[str]]:
    # Its own sets of names know no mark that stands in a string.
    marked = {name: _marks(hint) for name, hint in _hints(class_).items()}
    optional = {name for name, (_, marks) in marked.items() if "NotRequired" in marks}
    optional |= {name for name in class_.__optional_keys__ if "Required" not in marked[name][1]}
    return {name: hint for name, (hint, _) in marked.items()}, optional


def _marks(hint: Any) -> tuple[Any, set[str]]:
    """An annotation of a TypedDict without its marks, and these."""
    import typing

    mark = getattr(typing.get_origin(hint), "_name", "")
    if mark not in {"Required", "NotRequired", "ReadOnly"}:
        return hint, set()
    inner, marks = _marks(typing.get_args(hint)[0])
    return inner, marks | {mark}


def _no_check(annotation: object) -> TypeError:
    return TypeError(
        f"{annotation!r} cannot be checked; allowed: Any, None, bool, int, float, str, list, tuple, dict, unions, "
        "Literal, Annotated, enums, dataclasses, TypedDict and pydantic models"
    )
