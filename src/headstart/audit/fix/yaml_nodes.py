"""The nodes of a YAML or JSON text, each with the span of text that it stands in."""

from functools import lru_cache
from typing import Any

import msgspec

from headstart.errors import EditError

_TAG = "tag:yaml.org,2002:"
NULL = "null "
"""How what ``plain`` makes of nothing, as after ``Properties:``, begins."""


class Node(msgspec.Struct, kw_only=True):
    """``value`` is a scalar's text, a mapping's pairs or a sequence's items. ``end`` is where its own text ends,
    without the line ends and comments after it; ``column`` counts from 0. ``tag`` is empty for a mapping or sequence
    without one of CloudFormation's.
    """

    value: "str | list[tuple[Node, Node]] | list[Node]"
    start: int
    end: int
    column: int
    tag: str
    kind: str
    is_flow: bool = False
    quote: str = ""

    def pairs(self) -> "list[tuple[Node, Node]]":
        """A mapping's keys and values; none of anything else."""
        return self.value if self.kind == "mapping" else []  # type: ignore[return-value]

    def items(self) -> "list[Node]":
        """A sequence's items; none of anything else."""
        return self.value if self.kind == "sequence" else []  # type: ignore[return-value]

    def child(self, step: str | int) -> "Node | None":
        """What is at a key of a mapping or at an index of a sequence."""
        if isinstance(step, int):
            return self.items()[step] if 0 <= step < len(self.items()) else None
        return next((value for key, value in self.pairs() if key.value == step), None)

    @property
    def is_null(self) -> bool:
        """Nothing, as after ``Properties:``."""
        return self.kind == "scalar" and self.tag == f"{_TAG}null"

    @property
    def intrinsic(self) -> str:
        """The intrinsic function that stands here instead of a value; empty for a plain value."""
        if self.tag.startswith("!"):
            return self.tag
        keys = [str(key.value) for key, _ in self.pairs()]
        is_one = len(keys) == 1 and (keys[0] in ("Ref", "Condition") or keys[0].startswith("Fn::"))
        return keys[0] if is_one else ""


@lru_cache(maxsize=16)
def compose(text: str) -> Node:
    """The root of the one document in ``text``.

    Raises:
        EditError: it is neither YAML nor JSON, or empty.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415  (takes longer to load than most commands run)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except YAMLError as error:
        raise EditError(f"it cannot be read: {error}") from error
    if root is None:
        raise EditError("it is empty")
    return _node(root, text)


def plain(node: Node) -> Any:
    """The value without places: two texts with the same say the same."""
    if node.kind == "mapping":
        value: Any = {str(key.value): plain(child) for key, child in node.pairs()}
    elif node.kind == "sequence":
        value = [plain(child) for child in node.items()]
    else:
        return f"{node.tag.removeprefix(_TAG)} {node.value}"
    return {node.tag: value} if node.tag else value


def _node(found: Any, text: str) -> Node:
    kind = found.id
    tag = str(found.tag or "")
    if kind == "scalar":
        end = found.end_mark.index
        if found.style in ("|", ">"):
            end = len(text[:end].rstrip())
        return Node(
            value=found.value,
            start=found.start_mark.index,
            end=end,
            column=found.start_mark.column,
            tag=tag,
            kind=kind,
            quote=found.style if found.style in ("'", '"') else "",
        )
    if kind == "mapping":
        value: Any = [(_node(key, text), _node(child, text)) for key, child in found.value]
        last = value[-1][1].end if value else found.end_mark.index
    else:
        value = [_node(child, text) for child in found.value]
        last = value[-1].end if value else found.end_mark.index
    is_flow = bool(found.flow_style)
    return Node(
        value=value,
        start=found.start_mark.index,
        end=found.end_mark.index if is_flow else last,
        column=found.start_mark.column,
        tag=tag if tag.startswith("!") else "",
        kind=kind,
        is_flow=is_flow,
    )
