"""Makes up a text that a regular expression matches, where that is plain."""

import re
from collections.abc import Sequence
from re import _parser  # type: ignore[attr-defined]  # the one reader of patterns that reads them as Python does
from typing import Any, Final

_CATEGORIES: Final = {"CATEGORY_DIGIT": "1", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_SPACE": "a"}
_LETTERS: Final = "a1A-_. /@"
_REPEATS_MAX: Final = 1_000


def matching_text(pattern: str) -> str | None:
    """A text in which ``pattern`` is found, None where none is plain."""
    try:
        text = _text_of(_parser.parse(pattern))
    except (re.error, LookupError, RecursionError, OverflowError):
        return None
    return text if re.search(pattern, text) else None


def _text_of(parts: Sequence[tuple[Any, Any]]) -> str:
    return "".join(_part(str(code), argument) for code, argument in parts)


def _part(code: str, argument: Any) -> str:
    """What one part of a pattern matches; anchors, and what is looked at before and behind, add nothing."""
    if code == "LITERAL":
        return chr(int(argument))
    if code in ("ANY", "NOT_LITERAL"):
        return next(letter for letter in _LETTERS if ord(letter) != argument)
    if code == "IN":
        return _one_of(argument)
    if code in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = argument
        return _text_of(inner) * int(min(max(least, min(1, most)), _REPEATS_MAX))
    if code == "SUBPATTERN":
        return _text_of(argument[-1])
    if code == "ATOMIC_GROUP":
        return _text_of(argument)
    return _text_of(argument[1][0]) if code == "BRANCH" else ""


def _one_of(choices: Sequence[tuple[Any, Any]]) -> str:
    """A character of a class; of a negated one the first of a few that is not in it."""
    (first, argument), *others = choices
    if str(first) == "NEGATE":
        return next(letter for letter in _LETTERS if not any(_has(choice, letter) for choice in others))
    if str(first) == "RANGE":
        return chr(argument[0])
    return _CATEGORIES[str(argument)] if str(first) == "CATEGORY" else chr(argument)


def _has(choice: tuple[Any, Any], letter: str) -> bool:
    code, argument = choice
    if str(code) == "RANGE":
        return bool(argument[0] <= ord(letter) <= argument[1])
    return str(code) == "CATEGORY" or bool(argument == ord(letter))
