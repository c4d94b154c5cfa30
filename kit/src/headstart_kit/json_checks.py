"""Checks of values out of JSON, put together as the values are; all that is wrong is told at once."""

from __future__ import annotations

import json

from headstart_kit.constraints import Range
from headstart_kit.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from headstart_kit.constraints import Constraint

    # What it returns counts only where the place has heard of no problem.
    Run = Callable[[Any, "Place"], Any]

_INT_MAX = 2**63 - 1
_INFINITY = float("inf")
_PROBLEMS_SHOWN = 20
_CHARACTERS_SHOWN = 60
_NAMES = {int: "an integer", float: "a number", str: "a string", list: "an array", dict: "an object"}
_CONSTANTS = {None: "null", True: "true", False: "false"}


class Place:
    """Where in the input a value is, such as ``items[3].price``, and what is wrong there."""

    __slots__ = ("name", "problems")

    def __init__(self, name: str = "", problems: list[str] | None = None) -> None:
        self.name = name
        self.problems = [] if problems is None else problems

    def item(self, index: int) -> Place:
        """That of an item of the array here."""
        return Place(f"{self.name}[{index}]", self.problems)

    def member(self, name: str) -> Place:
        """That of a member of the object here."""
        return Place(f"{self.name}.{name}" if self.name else name, self.problems)

    def hear(self, problem: str) -> None:
        """Note what is wrong here."""
        self.problems.append(f"{self.name} {problem}".lstrip())

    def must_be(self, what: str, value: object) -> None:
        """Note that the value here is something else."""
        self.hear(f"must be {what}, is {kind(value)}")


class Check:
    """What is asked of one value; ``what`` names it in messages."""

    __slots__ = ("run", "what")

    def __init__(self, what: str, run: Run) -> None:
        self.what = what
        self.run = run


def checked(value: object, check: Check) -> Any:
    """What ``check`` makes of ``value``.

    Raises:
        UserError: something is wrong with it; the message lists what.
    """
    place = Place()
    try:
        result = check.run(value, place)
    except RecursionError:
        raise UserError("the input is nested too deep") from None
    if place.problems:
        more = len(place.problems) - _PROBLEMS_SHOWN
        raise UserError("; ".join(place.problems[:_PROBLEMS_SHOWN]) + (f"; and {more} more" if more > 0 else ""))
    return result


def shown(text: str) -> str:
    """A caller's string for a message, though not at length."""
    return json.dumps(text if len(text) <= _CHARACTERS_SHOWN else f"{text[:_CHARACTERS_SHOWN]}…", ensure_ascii=False)


def kind(value: object) -> str:
    """What JSON calls a value."""
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    return _NAMES.get(type(value), type(value).__name__)


def of_type(type_: type, what: str) -> Check:
    """A value of exactly this type: true is no integer."""

    def run(value: Any, at: Place) -> Any:
        if type(value) is not type_:
            at.must_be(what, value)
        return value

    return Check(what, run)


def _number(value: Any, at: Place) -> Any:
    if type(value) not in (int, float):
        at.must_be(_NAMES[float], value)
        return value
    try:
        result = float(value)
    except OverflowError:
        result = _INFINITY
    if not -_INFINITY < result < _INFINITY:
        at.hear("must be a finite number")
    return result


ANYTHING = Check("anything", lambda value, at: value)
NULL = of_type(type(None), "null")
BOOLEAN = of_type(bool, "true or false")
STRING = of_type(str, _NAMES[str])
# Finite, as a float.
NUMBER = Check(_NAMES[float], _number)


def array(item: Check, *, make: Callable[[list[Any]], object] = list) -> Check:
    """An array of such items, of which ``make`` makes the result."""

    def run(value: Any, at: Place) -> Any:
        if type(value) is not list:
            at.must_be(_NAMES[list], value)
            return value
        return make([item.run(each, at.item(index)) for index, each in enumerate(value)])

    return Check(_NAMES[list], run)


def row(items: Sequence[Check]) -> Check:
    """An array with just these items, as a tuple."""
    what = f"an array of {len(items)}"

    def run(value: Any, at: Place) -> Any:
        if type(value) is not list:
            at.must_be(what, value)
        elif len(value) != len(items):
            at.hear(f"must be {what}, has {len(value)}")
        else:
            return tuple(item.run(value[index], at.item(index)) for index, item in enumerate(items))
        return value

    return Check(what, run)


def mapping(item: Check) -> Check:
    """An object with any names and such values."""

    def run(value: Any, at: Place) -> Any:
        if type(value) is not dict:
            at.must_be(_NAMES[dict], value)
            return value
        return {name: item.run(each, at.member(shown(name))) for name, each in value.items()}

    return Check(_NAMES[dict], run)


def record(fields: Mapping[str, Check], optional: Collection[str], *, make: Callable[..., object]) -> Check:
    """An object with these members only, of which ``make`` makes the result. ``fields`` may be filled later."""

    def run(value: Any, at: Place) -> Any:
        if type(value) is not dict:
            at.must_be(_NAMES[dict], value)
            return value
        before = len(at.problems)
        given = {}
        for name, each in value.items():
            if name in fields:
                given[name] = fields[name].run(each, at.member(name))
            else:
                at.member(shown(name)).hear(f"is not known; known: {', '.join(fields) or 'nothing'}")
        for name in fields:
            if name not in value and name not in optional:
                at.member(name).hear("is missing")
        return make(**given) if len(at.problems) == before else value

    return Check(_NAMES[dict], run)


def either(choices: Sequence[Check]) -> Check:
    """A value that one of the choices takes; the first that does makes the result."""
    what = " or ".join(choice.what for choice in choices)

    def run(value: Any, at: Place) -> Any:
        nearest: list[str] = []
        for choice in choices:
            tried, not_at_all = Place(at.name), Place(at.name)
            result = choice.run(value, tried)
            if not tried.problems:
                return result
            not_at_all.must_be(choice.what, value)
            if tried.problems != not_at_all.problems:
                nearest = min(nearest or tried.problems, tried.problems, key=len)
        if nearest:
            at.problems.extend(nearest)
        else:
            at.must_be(what, value)
        return value

    return Check(what, run)


def one_of(results: Sequence[tuple[object, object]]) -> Check:
    """One of these values, each with what it becomes."""
    what = f"one of {', '.join(json.dumps(value) for value, _ in results)}"

    def run(value: Any, at: Place) -> Any:
        for known, result in results:
            if type(known) is type(value) and known == value:
                return result
        at.hear(f"must be {what}, is {shown(value) if isinstance(value, str) else kind(value)}")
        return value

    return Check(what, run)


def constrained(check: Check, constraints: Sequence[Constraint]) -> Check:
    """What ``check`` takes, unless one of the constraints objects; to null none can."""

    def run(value: Any, at: Place) -> Any:
        before = len(at.problems)
        result = check.run(value, at)
        if len(at.problems) == before and result is not None:
            for problem in filter(None, (constraint.problem(result) for constraint in constraints)):
                at.hear(problem)
        return result

    return Check(check.what, run)


def integer(ranges: Sequence[Range] = ()) -> Check:
    """An integer, of 64 bits where these ranges have no bound: a longer one would fail wherever it went next."""
    low = None if any(each.low is not None for each in ranges) else -_INT_MAX
    high = None if any(each.high is not None for each in ranges) else _INT_MAX
    return constrained(of_type(int, _NAMES[int]), [Range(low, high)])


def model(validate: Callable[[object], object]) -> Check:
    """What a pydantic model takes, by its ``model_validate``."""

    def run(value: Any, at: Place) -> Any:
        try:
            return validate(value)
        except ValueError as error:
            if not hasattr(error, "errors"):
                raise
            # Not the input, which an error has too: it may be a secret.
            for each in error.errors():
                Place(".".join(map(str, (at.name, *each["loc"]))), at.problems).hear(f"is wrong: {each['msg']}")
        return value

    return Check(_NAMES[dict], run)
