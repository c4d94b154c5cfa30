"""Reads a flag's text; what is wrong with it completes a sentence that begins with the flag's name."""

import math
from collections.abc import Callable

from typer import BadParameter

_WHOLE = "a whole number"


def whole(text: str) -> int:
    """A whole number."""
    return int(_parsed(text, int, needed=_WHOLE))


def positive(text: str) -> int:
    """A whole number from 1 on."""
    return int(_parsed(text, int, low=1, needed=f"{_WHOLE}, 1 or more"))


def amount(text: str) -> float:
    """A number from 0 on."""
    return _parsed(text, float, low=0, needed="a number, 0 or more")


def above_zero(text: str) -> float:
    """A number above 0."""
    value = amount(text)
    if not value:
        raise BadParameter(f"is {text!r}; needed: a number above 0")
    return value


def ratio(text: str) -> float:
    """A number from 0 to 1."""
    return _parsed(text, float, low=0, high=1, needed="a number, 0 … 1")


def _parsed(
    text: str, kind: Callable[[str], float], *, needed: str, low: float = -math.inf, high: float = math.inf
) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not low <= value <= high:
        raise BadParameter(f"is {text!r}; needed: {needed}")
    return value
