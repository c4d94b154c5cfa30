"""Each annotation takes what it says, and nothing that Python would take for it."""

from __future__ import annotations

import contextlib
import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType, NotRequired, Required, TypedDict

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart_kit.annotations import check_of_arguments
from headstart_kit.constraints import Email, Length, Pattern, Range
from headstart_kit.errors import UserError
from headstart_kit.json_checks import checked

UserId = NewType("UserId", int)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Node:
    name: Annotated[str, Length(1)]
    children: list[Node] = field(default_factory=list)
    depth: int = field(default=0, init=False)


class Address(TypedDict):
    city: str
    code: NotRequired[int]


class Partial(TypedDict, total=False):
    city: Required[str]
    code: int


class Model(pydantic.BaseModel):
    count: int = pydantic.Field(gt=0)
    secret: str = ""


def one(annotation: Any) -> Any:
    def function(value):
        return value

    function.__annotations__ = {"value": annotation}
    check = check_of_arguments(function)
    return lambda value: checked({"value": value}, check)["value"]


def problem(annotation: Any, value: object) -> str:
    with pytest.raises(UserError) as raised:
        one(annotation)(value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("annotation", "value", "result"),
    [
        (Any, {"a": [None]}, {"a": [None]}),
        (object, 1, 1),
        (None, None, None),
        (bool, True, True),
        (int, 5, 5),
        (float, 5, 5.0),
        (float, 2.5, 2.5),
        (str, "", ""),
        (list, [1, "a"], [1, "a"]),
        (list[int], [], []),
        (tuple[int, str], [1, "a"], (1, "a")),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple, [1, "a"], (1, "a")),
        (dict, {"a": 1}, {"a": 1}),
        (dict[str, list[int]], {"a": [1]}, {"a": [1]}),
        (int | str | None, None, None),
        (int | float, 5, 5),
        (Literal["a", 1], 1, 1),
        (Annotated[int, Range(1)], 2**63 - 1, 2**63 - 1),
        (Annotated[int, Range(1, 10**30)], 10**30, 10**30),
        (Annotated[float | None, Range(0, 1)], None, None),
        (Annotated[list[int], Length(high=2)], [1, 2], [1, 2]),
        (Annotated[int, "a note"], 5, 5),
        (Colour, "blue", Colour.BLUE),
        (Level, 1, Level.LOW),
        (UserId, 7, 7),
        (Node, {"name": "a", "children": [{"name": "b"}]}, Node("a", [Node("b")])),
        (Address, {"city": "x"}, {"city": "x"}),
        (Address, {"city": "x", "code": 5}, {"city": "x", "code": 5}),
        (Partial, {"city": "x"}, {"city": "x"}),
        (Model, {"count": 5}, Model(count=5)),
        (list[Model] | None, [{"count": 5}], [Model(count=5)]),
        ("list[Colour]", ["red"], [Colour.RED]),
        (Email, "a@b.co", "a@b.co"),
    ],
)
def test_what_an_annotation_takes(annotation, value, result):
    found = one(annotation)(value)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (None, 0, "value must be null, is an integer"),
        (bool, 1, "value must be true or false, is an integer"),
        (int, True, "value must be an integer, is true"),
        (int, 5.0, "value must be an integer, is a number"),
        (int, "5", "value must be an integer, is a string"),
        (int, 2**63, "value must be from -9223372036854775807 to 9223372036854775807, is far beyond"),
        (float, "5", "value must be a number, is a string"),
        (float, False, "value must be a number, is false"),
        (float, float("nan"), "value must be a finite number"),
        (float, 10**400, "value must be a finite number"),
        (str, None, "value must be a string, is null"),
        (list[int], (1,), "value must be an array, is tuple"),
        (list[int], [1, "a", None], "value[1] must be an integer, is a string; value[2] must be an integer, is null"),
        (tuple[int, str], [1], "value must be an array of 2, has 1"),
        (
            tuple[int, str],
            ["a", 1],
            "value[0] must be an integer, is a string; value[1] must be a string, is an integer",
        ),
        (tuple[int, str], {}, "value must be an array of 2, is an object"),
        (dict[str, int], {"a\n": "b"}, 'value."a\\n" must be an integer, is a string'),
        (int | None, "a", "value must be an integer or null, is a string"),
        (list[int] | None, ["a"], "value[0] must be an integer, is a string"),
        (Address | int, {"city": 5}, "value.city must be a string, is an integer"),
        (Literal["a", 1], True, 'value must be one of "a", 1, is true'),
        (Literal["a", 1], "b", 'value must be one of "a", 1, is "b"'),
        (Annotated[int, Range(1, 5)], 6, "value must be from 1 to 5, is 6"),
        (Annotated[float, Range(low=0)], -0.5, "value must be at least 0, is -0.5"),
        (Annotated[int, Range(high=0)], 1, "value must be at most 0, is 1"),
        (Annotated[int, Range(high=0)], 10**40, "value must be at most 0, is far beyond"),
        (Annotated[int, Range(1)], 0, "value must be at least 1, is 0"),
        (Annotated[int, Range(1)], 2**63, "value must be at most 9223372036854775807, is far beyond"),
        (Annotated[int, Range(high=0)], -(2**63), "value must be at least -9223372036854775807, is far beyond"),
        (Annotated[int, "a note"], 2**63, "value must be from -9223372036854775807 to 9223372036854775807, is far"),
        (Annotated[list[int], Length(high=2)], [1, 2, 3], "value must be at most 2 long, is 3"),
        (
            Annotated[str, Length(2), Pattern("[a-z]+")],
            "5",
            "value must be at least 2 long, is 1; value must be a",
        ),
        (Annotated[str, Pattern("[0-9]{4}", what="a year")], "26", "value must be a year"),
        (Colour, "green", 'value must be one of "red", "blue", is "green"'),
        (Level, True, "value must be one of 1, is true"),
        (
            Node,
            {"children": [{"name": ""}]},
            "value.children[0].name must be at least 1 long, is 0; value.name is",
        ),
        (Node, {"name": "a", "depth": 1}, 'value."depth" is not known; known: name, children'),
        (Address, {"code": None}, "value.code must be an integer, is null; value.city is missing"),
        (Partial, {}, "value.city is missing"),
        (Model, {"count": 0}, "value.count is wrong: Input should be greater than 0"),
        (Model, 5, "value is wrong: "),
    ],
)
def test_what_an_annotation_does_not_take(annotation, value, message):
    assert problem(annotation, value).startswith(message)


def test_a_secret_is_not_told_to_whoever_sent_it():
    assert "hunter2" not in problem(Annotated[str, Length(12), Pattern("[0-9]+")], "hunter2")
    assert "hunter2" not in problem(Model, {"count": "hunter2", "secret": 5})


def test_input_that_is_nested_too_deep():
    deep: dict[str, Any] = {"name": "leaf"}
    for _ in range(100_000):
        deep = {"name": "node", "children": [deep]}
    assert problem(Node, deep) == "the input is nested too deep"
    while deep:  # or Python would take it apart by recursion
        deep = deep.get("children", [None])[0] or {}


def bytes_(value: bytes) -> None: ...


def keys_(value: dict[int, str]) -> None: ...


def star(*value: int) -> None: ...


def stars(**value: int) -> None: ...


def slash(value: int, /) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (bytes_, r"<class 'bytes'> cannot be checked; allowed: Any, None, bool"),
        (keys_, "the keys of a dict are <class 'int'>; JSON has str only"),
        (star, "star has a parameter that cannot be given by name"),
        (stars, "stars has a parameter that cannot be given by name"),
        (slash, "slash has a parameter that cannot be given by name"),
    ],
)
def test_what_cannot_be_checked_is_a_fault_of_the_function(function, message):
    with pytest.raises(TypeError, match=message):
        check_of_arguments(function)


def test_a_decorated_function_is_checked_as_it_was_written():
    import functools

    def first(a: int, *, b: str = "x") -> None: ...

    @functools.wraps(first)
    def second(*args: Any, **kwargs: Any) -> None: ...

    check = check_of_arguments(second)
    assert checked({"a": 1}, check) == {"a": 1}
    with pytest.raises(UserError, match=r"^a must be an integer, is a string; b must be a string, is null$"):
        checked({"a": "1", "b": None}, check)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "children", "city", "code", "x"]), inner),
    max_leaves=20,
)


@given(JSON)
@settings(deadline=None)
def test_whatever_comes_is_taken_or_refused(value: object):
    for annotation in (Node, Address, list[Node | int] | None, dict[str, Colour], tuple[int, Email], Model):
        with contextlib.suppress(UserError):
            one(annotation)(value)
