"""Reads a resource's properties by their type; a value of another type is noted, and then as if it were not there."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from headstart.model.infrastructure import NotUnderstood, Resource, Step, Symbolic

_T = TypeVar("_T")
_SHOWN_CHARACTERS: Final = 40
_TYPES: Final = {dict: "a mapping", list: "a list", tuple: "a list", str: "text", bool: "a boolean"}


class Properties(msgspec.Struct, frozen=True):
    """A resource's properties. What only a deployment knows is None, or its text from ``words`` and ``value``."""

    resource: Resource
    doubts: list[NotUnderstood]

    def value(self, *path: Step) -> Any:
        """What stands at ``path``, of any type; None where nothing does."""
        value: Any = self.resource.properties
        for length, step in enumerate(path):
            if value is None or isinstance(value, Symbolic):
                return None
            if isinstance(step, int) and isinstance(value, list | tuple):
                value = value[step] if step < len(value) else None
            elif isinstance(step, str) and isinstance(value, Mapping):
                value = value.get(step)
            else:
                needed = "a mapping" if isinstance(step, str) else "a list"
                self._doubt(value, path[:length], needed=needed)
                return None
        return value

    def whole(self, *path: Step) -> int | None:
        """The whole number at ``path``; CloudFormation takes one in quotes too."""
        return self._read(path, _whole, needed="a whole number")

    def number(self, *path: Step) -> float | None:
        """The number at ``path``, in quotes or not."""
        return self._read(path, _number, needed="a number")

    def text(self, *path: Step) -> str | None:
        """The text at ``path``, where all of it is known."""
        return self._read(path, _text, needed="text")

    def words(self, *path: Step) -> str:
        """The text at ``path``, with ``${…}`` for what is not known; empty where there is none."""
        value = self.value(*path)
        return value.text if isinstance(value, Symbolic) else self.text(*path) or ""

    def mapping(self, *path: Step) -> Mapping[str, Any]:
        """The mapping at ``path``, or an empty one."""
        return self._read(path, _mapping, needed="a mapping") or {}

    def items(self, *path: Step) -> tuple[Any, ...]:
        """The list at ``path``, or an empty one."""
        return self._read(path, _items, needed="a list") or ()

    def paths(self, *path: Step) -> tuple[tuple[Step, ...], ...]:
        """The path of each item of the list at ``path``."""
        return tuple((*path, index) for index in range(len(self.items(*path))))

    def doubt(self, what: str, *path: Step) -> None:
        """Note that what stands at ``path`` is not understood."""
        self.doubts.append(NotUnderstood(id=self.resource.id, what=what, place=self.resource.place_of(*path)))

    def _read(self, path: tuple[Step, ...], read: Callable[[Any], _T | None], *, needed: str) -> _T | None:
        value = self.value(*path)
        if value is None or isinstance(value, Symbolic):
            return None
        found = read(value)
        if found is None:
            self._doubt(value, path, needed=needed)
        return found

    def _doubt(self, value: Any, path: tuple[Step, ...], *, needed: str) -> None:
        name = ".".join(map(str, path)) or "Properties"
        self.doubt(f"{name} is {_shown(value, needed)}; needed: {needed}", *path)


def _whole(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def _text(value: Any) -> str | None:
    """As CloudFormation makes text of a scalar: ``true`` is ``"true"``."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _items(value: Any) -> tuple[Any, ...] | None:
    return tuple(value) if isinstance(value, list | tuple) else None


def _shown(value: Any, needed: str) -> str:
    """A number as it is; of text only where a number is needed, for it may be a secret."""
    if isinstance(value, bool | int | float) or (isinstance(value, str) and "number" in needed):
        return repr(value)[:_SHOWN_CHARACTERS]
    return _TYPES.get(type(value), type(value).__name__)
