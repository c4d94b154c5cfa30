"""A call of the CDK with its arguments, and how it becomes the resource that CloudFormation gets."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from headstart.infra.program.machine import OUTSIDE, REST, Machine
from headstart.infra.program.recorder import Draft
from headstart.infra.program.values import Given, Made, OwnFunction, OwnObject
from headstart.model.infrastructure import Place, Step, Symbolic

Convert = Callable[[Any], Any]
Table = Mapping[str, tuple[tuple[Step, ...], Convert]]


class Call(msgspec.Struct, eq=False, kw_only=True):
    """A call of the class or function ``name``, or of the method ``name`` of ``owner``. ``is_open``: it has arguments
    by ``*`` or ``**`` that are not known.
    """

    name: str
    machine: Machine
    place: Place
    positional: tuple[Given, ...] = ()
    keywords: dict[str, Given] = {}
    is_open: bool = False
    owner: Any = None

    def given(self, name: str, position: int | None = None) -> Given | None:
        """The argument of this name, or at this position."""
        if name in self.keywords:
            return self.keywords[name]
        is_there = position is not None and position < len(self.positional)
        return self.positional[position] if is_there and position is not None else None

    def value(self, name: str, position: int | None = None) -> Any:
        """Its value; None where it was not given."""
        given = self.given(name, position)
        return None if given is None else given.value

    def keywords_of(self, function: OwnFunction, *, before: int = 0) -> dict[str, Given]:
        """The keywords for one of the program's own functions, of which ``before`` parameters have their values.

        Where arguments are not all known, what was not given may have been, so that no default can be relied on.
        """
        if not self.is_open:
            return self.keywords
        parameters = function.node.args
        plain = [each.arg for each in (*parameters.posonlyargs, *parameters.args)][before + len(self.positional) :]
        names = (*plain, *(each.arg for each in parameters.kwonlyargs))
        return {**{name: self.at(OUTSIDE) for name in (*names, REST)}, **self.keywords}

    @property
    def values(self) -> list[Any]:
        """The values of all arguments."""
        return [given.value for given in (*self.positional, *self.keywords.values())]

    @property
    def path(self) -> tuple[str, ...]:
        """The path of the construct that is made: its scope's, then its own id."""
        scope, id_ = self.value("scope", 0), self.value("id", 1)
        within = scope.path or () if isinstance(scope, Made | OwnObject) else ()
        fallback = f"{self.name.rpartition('.')[2]}{self.place.line}"
        return (*within, str(id_) if isinstance(id_, str | int | Symbolic) else fallback)

    def at(self, value: Any) -> Given:
        """A value that the call itself stands for."""
        return Given(value, self.place)

    def draft(self, resource_type: str, *more: str, path: tuple[str, ...] | None = None) -> Draft:
        """The resource that the call makes, at its path or another; ``more`` is the path within it."""
        within = (self.path if path is None else path) + more
        return self.machine.draft(resource_type, within, place=self.place)

    def fill(self, draft: Draft, table: Table) -> None:
        """Give the resource what the call says, by a table of keywords: the property's path, and its conversion."""
        for keyword, given in self.keywords.items():
            if keyword in table:
                path, convert = table[keyword]
                draft.set(path, convert(given.value), place=given.place)
        if self.is_open:
            draft.recorder.note(draft.id, "arguments by * or ** that are not followed", place=self.place)

    def made(self, kind: str, draft: Draft | None = None, *, path: tuple[str, ...] | None = None) -> Made:
        """What the call gives."""
        is_construct = draft is not None
        return Made(
            type=self.name,
            kind=kind,
            draft=draft,
            path=path or (self.path if is_construct else ()),
            given=self.keywords,
            positional=self.positional,
            place=self.place,
        )


Maker = Callable[[Call], Any]
NOTHING: Final = None


def field(value: Any, name: str) -> Any:
    """A field of a struct of the CDK, which may be a dict; None where it is not there."""
    if isinstance(value, Made):
        return value.value(name)
    return value.get(name) if isinstance(value, Mapping) else None


def given_fields(value: Any, *, place: Place) -> dict[str, Given]:
    """The fields of a struct of the CDK, with their places."""
    if isinstance(value, Made):
        return dict(value.given)
    return {key: Given(each, place) for key, each in value.items()} if isinstance(value, Mapping) else {}
