"""Writes down what a CDK program makes: resources by CloudFormation's names, with what is wrong or not understood."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import msgspec

from headstart.infra.program.values import Duration, Made, NotSet, Outside, OwnObject, Size, Unknown
from headstart.model.infrastructure import NotUnderstood, Place, ProgramFault, Resource, Step, Symbolic

_HIDDEN: Final = frozenset({"Default", "Resource"})
_LISTED_PER_RESOURCE: Final = 3


class Draft(msgspec.Struct, eq=False, kw_only=True):
    """A resource while the program still adds to it."""

    id: str
    type: str
    place: Place
    recorder: "Recorder"
    properties: dict[str, Any] = {}
    places: dict[tuple[Step, ...], Place] = {}
    depends_on: set[str] = set()
    metadata: dict[str, Any] = {}
    deletion_policy: str | None = None
    update_policy: dict[str, Any] = {}
    construct_path: str = ""

    def set(self, path: tuple[Step, ...], value: Any, *, place: Place) -> None:
        """Give it the property at ``path``; None and what is not set leave it out."""
        written = self.recorder.written(value, id_=self.id, place=place)
        if written is None:
            return
        inner: Any = self.properties
        for step, following in pairwise(path):
            inner = _entered(inner, step, is_list=isinstance(following, int))
            if isinstance(inner, Symbolic):
                return
        _put(inner, path[-1], value=written)
        self.places.setdefault(path, place)
        for length in range(1, len(path)):
            self.places.setdefault(path[:length], place)


class Recorder(msgspec.Struct, eq=False):
    """One stack, or one construct of which the stack is not seen."""

    name: str
    drafts: dict[str, Draft] = {}
    not_understood: dict[NotUnderstood, None] = {}
    faults: dict[ProgramFault, None] = {}

    def draft(self, resource_type: str, path: tuple[str, ...], *, place: Place) -> Draft:
        """A new resource for the construct at ``path``."""
        words = (re.sub(r"\W|_", "", step) for step in path if step not in _HIDDEN)
        name = "".join(words) or resource_type.rpartition(":")[2]
        id_, number = name, 2
        while id_ in self.drafts:
            id_, number = f"{name}{number}", number + 1
        self.drafts[id_] = draft = Draft(id=id_, type=resource_type, place=place, recorder=self)
        return draft

    def written(self, value: Any, *, id_: str, place: Place) -> Any:
        """A value as a template has it; what is not followed is listed under ``id_``."""
        if isinstance(value, Unknown):
            if not value.is_outside:
                self.note(id_, value.what or "a value that is not followed", place=place)
            return Symbolic(f"${{{value.what or '?'}}}")
        if isinstance(value, Outside) and not value.is_of_the_cdk:
            self.note(id_, f"{value.name}, which another module says", place=place)
        if isinstance(value, Mapping):
            return {_key(key): self.written(each, id_=id_, place=place) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.written(each, id_=id_, place=place) for each in value]
        return _scalar(value)

    def note(self, id_: str, what: str, *, place: Place) -> None:
        """List something that was not understood, by a logical id or the stack's name; of each not without end."""
        id_ = id_ or self.name
        same = sum(each.id == id_ for each in self.not_understood)
        if same < _LISTED_PER_RESOURCE:
            self.not_understood[NotUnderstood(id=id_, what=what, place=place)] = None

    def resources(self) -> dict[str, Resource]:
        """All resources, in the order in which they were made."""
        return {
            draft.id: Resource(
                id=draft.id,
                type=draft.type,
                properties=draft.properties,
                place=draft.place,
                places=draft.places,
                construct_path=draft.construct_path,
                depends_on=frozenset(draft.depends_on),
                refers_to=frozenset(_referred(draft.properties)),
                deletion_policy=draft.deletion_policy,
                update_policy=draft.update_policy,
                metadata=draft.metadata,
            )
            for draft in self.drafts.values()
        }


def _entered(inner: Any, step: Step, *, is_list: bool) -> Any:
    if isinstance(inner, list):
        assert isinstance(step, int)
        inner.extend({} for _ in range(step + 1 - len(inner)))
        return inner[step]
    return inner.setdefault(step, [] if is_list else {})


def _put(inner: Any, step: Step, *, value: Any) -> None:
    if isinstance(inner, list) and isinstance(step, int):
        inner.extend(None for _ in range(step + 1 - len(inner)))
    inner[step] = value


def _scalar(value: Any) -> Any:
    """Text, numbers and references; what is neither is known after deployment only."""
    if value is None or isinstance(value, NotSet):
        return None
    if isinstance(value, str | int | float | bool | Symbolic):
        return value
    if isinstance(value, Duration):
        return whole(value.seconds)
    if isinstance(value, Size):
        return whole(value.mebibytes)
    if isinstance(value, OwnObject):
        value = value.made
    if isinstance(value, Made):
        return value.ref() if value.id else Symbolic(f"${{{value.type}}}")
    return Symbolic(f"${{{value.last if isinstance(value, Outside) else '?'}}}")


def whole(number: float) -> int | float:
    """The number, without a fraction where it has none."""
    return int(number) if number == int(number) else number


def _key(key: Any) -> str:
    return key.text if isinstance(key, Symbolic) else str(key)


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, Symbolic):
        yield from value.refers_to
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _referred(each)
    elif isinstance(value, list):
        for each in value:
            yield from _referred(each)
