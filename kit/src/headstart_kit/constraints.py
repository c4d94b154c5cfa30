"""What an annotation can ask of a value beyond its type: ``Annotated[int, Range(1, 100)]``."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sized
    from typing import Annotated, Any, Protocol

    class Constraint(Protocol):
        """What stands in ``Annotated`` and has a say."""

        def problem(self, value: Any) -> str | None:
            """What is wrong with a value of the right type, to be read after its name; None if nothing is."""
            ...


# An address as HTML's e-mail fields take it, but with a dot in the domain.
# Source: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address (2026-11-25)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+"
_EMAIL_CHARACTERS_MAX = 254
_SHOWN_MAX = 10**18


class Range:
    """A number from ``low`` to ``high``, both included; None is no bound, but that of 64 bits for an ``int``."""

    __slots__ = ("high", "low")

    def __init__(self, low: float | None = None, high: float | None = None) -> None:
        self.low = low
        self.high = high

    def problem(self, value: float) -> str | None:
        """What is wrong with a number."""
        if (self.low is None or value >= self.low) and (self.high is None or value <= self.high):
            return None
        # Python writes no integer of more than 4,300 digits, and nobody wants to read one of 30.
        return f"must be {_bounds(self.low, self.high)}, is {value if abs(value) < _SHOWN_MAX else 'far beyond'}"


class Length:
    """From ``low`` to ``high`` characters or items, both included; None is no bound."""

    __slots__ = ("high", "low")

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        self.low = low
        self.high = high

    def problem(self, value: Sized) -> str | None:
        """What is wrong with a string, an array or an object."""
        if (self.low is None or len(value) >= self.low) and (self.high is None or len(value) <= self.high):
            return None
        return f"must be {_bounds(self.low, self.high)} long, is {len(value)}"


class Pattern:
    """A string that matches a regular expression from its first to its last character; ``what`` is what it is called
    where one does not."""

    __slots__ = ("_match", "what")

    def __init__(self, pattern: str, *, what: str = "") -> None:
        # Not ``match`` with a ``$``: that would let a line end pass after the last character.
        self._match = re.compile(pattern).fullmatch
        self.what = what or f"a string that matches {pattern}"

    def problem(self, value: str) -> str | None:
        """What is wrong with a string; not the string itself, which may be a secret."""
        return None if self._match(value) else f"must be {self.what}"


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


if TYPE_CHECKING:
    Email = Annotated[str, Pattern(_EMAIL)]


def __getattr__(name: str) -> object:
    """``Email``: made when it is asked for, as ``typing`` is not loaded before."""
    if name != "Email":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from typing import Annotated

    pattern = Pattern(_EMAIL, what="an e-mail address")
    globals()["Email"] = Annotated[str, Length(3, _EMAIL_CHARACTERS_MAX), pattern]
    return globals()["Email"]
