"""Compares the runs of two packages field by field; what differs within one package is volatile, not different."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import msgspec

from headstart.model.proof import FieldDifference, Observation, VolatileField
from headstart.optimize.proof.fields import decides

Pass = Sequence[Observation]
_KEPT: Final = 50
_VALUES_SHOWN: Final = 2
_ABSENT: Final = "(absent)"
_WORD: Final = re.compile(r"\w+|\W")


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, the first of it in order; what is volatile; how many fields were the same in every run."""

    differences: tuple[FieldDifference, ...]
    differing: int
    volatile: tuple[VolatileField, ...]
    compared: int


class _Field(msgspec.Struct, frozen=True):
    """One field of one invocation in every run of both packages; None where it was not there."""

    place: str
    name: str
    old: tuple[str | None, ...]
    new: tuple[str | None, ...]

    @property
    def is_volatile(self) -> bool:
        """Whether the old package itself does not repeat it."""
        return len(set(self.old)) > 1

    @property
    def differs(self) -> bool:
        """Whether the new package differs: of what is volatile in the old one, in kind or in what stays the same."""
        if self.is_volatile:
            kinds_differ = not {*map(_kind, self.new)} <= {*map(_kind, self.old)}
            return kinds_differ or _constant_words_differ(self.old, self.new)
        return {*self.new} != {*self.old}


def compare(old: Sequence[Pass], new: Sequence[Pass]) -> Comparison:
    """Set every run of the old package beside every run of the new one.

    A pass has the same events in the same order on both sides. A field that the old package repeats and the new one
    does not is a difference.
    """
    differing: list[_Field] = []
    volatile: dict[str, list[_Field]] = {}
    compared = 0
    for field in _fields(old, new):
        if field.differs:
            differing.append(field)
        elif field.is_volatile:
            volatile.setdefault(field.name, []).append(field)
        else:
            compared += 1
    return Comparison(
        differences=tuple(_difference(field) for field in differing[:_KEPT]),
        differing=len(differing),
        volatile=tuple(_volatile(name, fields) for name, fields in volatile.items()),
        compared=compared,
    )


def _fields(old: Sequence[Pass], new: Sequence[Pass]) -> Iterator[_Field]:
    for at, first in enumerate(old[0]):
        sides = [[run[at].fields for run in runs] for runs in (old, new)]
        for name in dict.fromkeys(chain.from_iterable(chain(*sides))):
            yield _Field(first.place, name, _values(sides[0], name), _values(sides[1], name))


def _values(runs: Sequence[Mapping[str, str]], name: str) -> tuple[str | None, ...]:
    return tuple(run.get(name) for run in runs)


def _constant_words_differ(old: Sequence[str | None], new: Sequence[str | None]) -> bool:
    """Whether a word that is in its place in every old value is not so in a new one.

    Only of texts with as many words each can that be said.
    """
    old_words, new_words = ([_WORD.findall(value or "") for value in values] for values in (old, new))
    if len({len(words) for words in (*old_words, *new_words)}) > 1:
        return False
    by_place = zip(zip(*old_words, strict=True), zip(*new_words, strict=True), strict=True)
    return any(len({*before}) == 1 and {*after} != {*before} for before, after in by_place)


def _kind(value: str | None) -> str:
    """A JSON value's kind: of a string, a number, or a word or text as it is."""
    if value is None:
        return _ABSENT
    if value.startswith('"'):
        return "string"
    return value if value in ("true", "false", "null") else "number" if _is_number(value) else "text"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _difference(field: _Field) -> FieldDifference:
    return FieldDifference(place=field.place, field=field.name, old=_shown(field.old), new=_shown(field.new))


def _shown(values: Sequence[str | None]) -> str | None:
    found = list(dict.fromkeys(values))
    if len(found) == 1:
        return found[0]
    return " or ".join(_ABSENT if value is None else value for value in found[:_VALUES_SHOWN])


def _volatile(name: str, fields: Sequence[_Field]) -> VolatileField:
    first = fields[0]
    values = dict.fromkeys(_ABSENT if value is None else value for value in first.old)
    return VolatileField(field=name, values=tuple(values)[:_VALUES_SHOWN], places=len(fields), decides=decides(name))
