"""Settings from environment variables: declared as a class, read and validated in init, secrets kept out of sight."""

from __future__ import annotations

import os
import sys

from headstart_kit.errors import SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn, TypeVar

    T = TypeVar("T")

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


class Secret:
    """A text that no repr, log, error or pickle shows; ``reveal()`` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled: pass what it opens, or read it again")


def read_settings(declared: type[T], *, environ: Mapping[str, str] = os.environ) -> T:
    """An object of the class ``declared``, each of its annotated attributes read from an environment variable.

    The variable's name is the attribute's in capital letters. An attribute with a value is optional; an empty variable
    counts as missing. A type is ``str``, ``int``, ``float``, ``bool``, ``Secret``, or a class or function of the module
    that takes the text and raises ``ValueError`` when it is wrong (``Decimal``, an ``Enum``); each may be ``| None``::

        class Settings:
            db_host: str
            db_port: int = 5432
            db_password: Secret

        settings = read_settings(Settings)

    Raises:
        SettingError: one or more are missing or wrong; the message names each, and what is allowed.
        TypeError: an annotation that cannot be read from a text.
    """
    settings = declared()
    problems = []
    for name, annotation in declared.__annotations__.items():
        variable, parse = name.upper(), _parser(annotation, declared)
        text = environ.get(variable, "")
        if not text:
            if not hasattr(declared, name):
                problems.append(f"{variable} is missing: set it to {_allowed(parse)}")
            continue
        try:
            setattr(settings, name, parse(text))
        except (ValueError, ArithmeticError):  # Decimal's is the second
            problems.append(f"{variable} is {text!r}; allowed: {_allowed(parse)}")
    if problems:
        raise SettingError("; ".join(problems))
    return settings


def parse_bool(text: str) -> bool:
    """Whether the text says yes.

    Raises:
        ValueError: it says neither yes nor no.
    """
    if text.lower() not in _TRUE + _FALSE:
        raise ValueError(text)
    return text.lower() in _TRUE


_PARSERS: dict[object, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": parse_bool,
    "Secret": Secret,
    bool: parse_bool,
}
_COLLECTIONS = (list, tuple, dict, set, bytes)
_ALLOWED: dict[object, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    parse_bool: f"{' '.join(_TRUE)} or {' '.join(_FALSE)}",
    Secret: "a secret",
}


def _parser(annotation: Any, declared: type) -> Callable[[str], Any]:
    """What makes a value of the annotation from a text."""
    found: Callable[[str], Any] | None
    if isinstance(annotation, str):
        name = annotation.removesuffix("| None").strip()
        found = _PARSERS.get(name) or getattr(sys.modules[declared.__module__], name, None)
    else:
        members = getattr(annotation, "__args__", ())
        member = next((member for member in members if type(None) in members), annotation)
        found = _PARSERS.get(member, member)
    if not callable(found) or found in _COLLECTIONS or hasattr(found, "__origin__"):
        raise TypeError(f"{declared.__qualname__}: {annotation} cannot be read from an environment variable")
    return found


def _allowed(parse: Callable[[str], Any]) -> str:
    members = getattr(parse, "__members__", None)
    if members:
        return ", ".join(str(member.value) for member in members.values())
    return _ALLOWED.get(parse, getattr(parse, "__name__", repr(parse)))
