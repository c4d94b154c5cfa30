"""A template's text as a tree in which every key and item knows where it stands."""

import msgspec

from headstart.errors import TemplateError
from headstart.model.infrastructure import Place

Scalar = str | int | float | bool | None

DEPTH_MAX = 100
"""Deeper nesting is no template: CloudFormation's own documents stay below 30."""


class Node(msgspec.Struct):
    """A value and where it is declared: a mapping's value at its key, an item at its own first character.

    ``value`` is a scalar, a dict of nodes or a list of nodes. Short forms such as ``!Ref`` are kept as their long form.
    """

    value: "Scalar | dict[str, Node] | list[Node]"
    line: int = 0
    column: int = 0

    def get(self, key: str) -> "Node | None":
        """The node at ``key`` of a mapping; None when this is none, or has no such key."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def plain(self) -> object:
        """The same value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def well_formed(text: str) -> str:
    """Text that can be printed: halves of a character, which escapes can make, are joined or replaced."""
    if text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Document(msgspec.Struct, frozen=True):
    """A file's name as the user gave it, and what is in it."""

    file: str
    root: Node

    def place(self, node: Node) -> Place:
        """Where a node of this document stands."""
        return Place(self.file, node.line, node.column)


def error_at(place: Place, message: str, *, hint: str = "") -> TemplateError:
    """An error whose message begins with file, line and column, as editors and CI understand it."""
    column = f":{place.column}" if place.column else ""
    return TemplateError(f"{place}{column}: {message}", hint=hint)
