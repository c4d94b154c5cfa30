"""Puts the statements in a ``with`` in its place, a level further out."""

from typing import Any

import libcst as cst

from headstart.audit.fix.python_source import Source, place
from headstart.audit.fix.rewriting import Rewriting
from headstart.errors import EditError
from headstart.model.finding import UnwrapWith


def collect(source: Source, edit: UnwrapWith, *, into: Rewriting) -> None:
    """What the edit does to the module.

    Raises:
        EditError: the statement is not there, or its body shares its line.
    """
    node = source.found(edit)
    if not isinstance(node, cst.With) or not isinstance(node.body, cst.IndentedBlock):
        raise EditError(f"{place(edit)}: no with statement of its own lines; edit it by hand")
    into.changes[node] = _unwrapped


def _unwrapped(node: Any) -> list[Any]:
    """The body, under the lines and the comment that the ``with`` had."""
    if not node.body.body:
        return []
    first, *others = node.body.body
    comment = node.body.header.comment
    above = [*node.leading_lines, *([cst.EmptyLine(comment=comment)] if comment else [])]
    return [first.with_changes(leading_lines=[*above, *first.leading_lines]), *others]
