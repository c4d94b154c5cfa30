"""Expands ``Fn::ForEach`` (the AWS::LanguageExtensions transform) before anything else is read.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
(2026-11-25)
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from headstart.infra.template.node import Document, Node, error_at
from headstart.infra.template.sections import LOOP
from headstart.infra.template.symbols import as_text
from headstart.model.infrastructure import Symbolic

_FORM = "e.g. Fn::ForEach::Queues: [Name, [a, b], {Queue${Name}: {Type: AWS::SQS::Queue}}]"
_EXPANDED_MAX = 100_000


class _Loops:
    def __init__(self, document: Document, values: Mapping[str, Any]) -> None:
        self._document = document
        self._values = values
        self._left = _EXPANDED_MAX

    def expanded(self, node: Node) -> Node:
        """The node without loops."""
        value = node.value
        if isinstance(value, list):
            return Node([self.expanded(item) for item in value], node.line, node.column)
        if not isinstance(value, dict):
            return node
        members: dict[str, Node] = {}
        for key, item in value.items():
            if key.startswith(LOOP) and (repeated := self._loop(item)) is not None:
                members.update(repeated)
            else:
                members[key] = self.expanded(item)
        return Node(members, node.line, node.column)

    def _loop(self, node: Node) -> Mapping[str, Node] | None:
        """What a loop makes; None when only a deployment knows its collection."""
        parts = node.value if isinstance(node.value, list) else []
        if len(parts) != 3 or not isinstance(parts[0].value, str) or not isinstance(parts[2].value, dict):
            raise self._error(
                node, "Fn::ForEach takes a list: a name, a collection, and a mapping to repeat", hint=_FORM
            )
        name, collection, body = parts
        items = self._collection(collection)
        if items is None:
            return None
        return {key: made for item in items for key, made in self._repeated(body, str(name.value), item=item)}

    def _repeated(self, body: Node, name: str, *, item: str) -> Iterator[tuple[str, Node]]:
        filled = self.expanded(self._filled(body, name, item=item))
        assert isinstance(filled.value, dict)
        yield from filled.value.items()

    def _collection(self, node: Node) -> list[str] | None:
        value = self._known(node)
        if isinstance(value, Symbolic):
            return None
        items = (
            [self._known(item) if isinstance(item, Node) else item for item in value]
            if isinstance(value, list)
            else None
        )
        if items is None or any(isinstance(item, Node | list) for item in items):
            raise self._error(
                node, "Fn::ForEach takes a list", hint="give a list, a list parameter, or Fn::FindInMap of a list"
            )
        return None if any(isinstance(item, Symbolic) for item in items) else [as_text(item) for item in items]

    def _known(self, node: Node) -> Any:
        """A parameter's value, one of a map, or the node's own; a list of nodes for a list in the template."""
        if reference := node.get("Ref"):
            return self._values.get(str(reference.value), Symbolic(str(reference.value)))
        if lookup := node.get("Fn::FindInMap"):
            return self._found(lookup)
        return node if isinstance(node.value, dict) else node.value

    def _found(self, lookup: Node) -> Any:
        keys = [self._known(key) for key in lookup.value] if isinstance(lookup.value, list) else []
        found = self._document.root.get("Mappings")
        for key in keys:
            if isinstance(key, Symbolic):
                return key
            found = found.get(as_text(key)) if found else None
        return found.value if found else None

    def _filled(self, node: Node, name: str, *, item: str) -> Node:
        """The node with the loop's variable replaced in keys and texts; ``&{…}`` keeps letters and digits only."""
        self._left -= 1
        if self._left < 0:
            raise self._error(
                node, f"Fn::ForEach expands to more than {_EXPANDED_MAX:,} values", hint="write what it repeats out"
            )
        value = node.value
        if isinstance(value, dict):
            if len(value) == 1 and (reference := node.get("Ref")) and reference.value == name:
                return Node(item, node.line, node.column)
            filled = {_text(key, name, item=item): self._filled(inner, name, item=item) for key, inner in value.items()}
            return Node(filled, node.line, node.column)
        if isinstance(value, list):
            return Node([self._filled(inner, name, item=item) for inner in value], node.line, node.column)
        return Node(_text(value, name, item=item), node.line, node.column) if isinstance(value, str) else node

    def _error(self, node: Node, message: str, *, hint: str = "") -> Exception:
        return error_at(self._document.place(node), message, hint=hint)


def expand(document: Document, values: Mapping[str, Any]) -> Document:
    """The document with its loops unrolled; ``values`` are those of its parameters.

    Raises:
        TemplateError: a loop of the wrong shape, over what is not known, or one that makes too much.
    """
    return Document(document.file, _Loops(document, values).expanded(document.root))


def _text(text: str, name: str, *, item: str) -> str:
    plain = re.sub("[^0-9A-Za-z]", "", item)
    return text.replace(f"${{{name}}}", item).replace(f"&{{{name}}}", plain)
