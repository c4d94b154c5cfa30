"""HTML and SVG as typed text: Markup is safe to put on the page, a str has to go through ``text`` first."""

import html
from collections.abc import Iterable
from typing import NewType

Markup = NewType("Markup", str)
Attribute = str | int | float | None

_VOID = frozenset({"meta", "br", "link", "input"})
EMPTY = Markup("")


def text(value: str) -> Markup:
    """Any string, escaped for element content and attributes; characters that a page cannot carry are replaced."""
    return Markup(html.escape(value.encode("utf-8", "replace").decode()))


def el(name: str, /, *children: Markup, **attributes: Attribute) -> Markup:
    """An element. ``class_`` is class, ``stroke_width`` is stroke-width, an attribute that is None is left out."""
    shown = "".join(f' {_attribute(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Markup(f"<{name}{shown}>")
    return Markup(f"<{name}{shown}>{''.join(children)}</{name}>")


def join(parts: Iterable[Markup], separator: Markup = EMPTY) -> Markup:
    """Parts one after another."""
    return Markup(separator.join(parts))


def code(value: str) -> Markup:
    """Something that a program reads: a name, a path, a line of source."""
    return el("code", text(value))


def _attribute(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


def _value(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else text(str(value))
