"""What is to become of the nodes of a module, collected edit by edit and carried out in one walk."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import libcst as cst
from libcst import matchers

# Given a node whose inner nodes are rewritten already: what to put in its place, statements in their order.
Change = Callable[[Any], Sequence[Any]]


class Rewriting:
    """Nodes are those of the module as it was read. ``before`` has imports to put before a statement, ``after``
    statements to put after one of the module's own body.
    """

    def __init__(self) -> None:
        self.changes: dict[cst.CSTNode, Change] = {}
        self.before: dict[cst.CSTNode, list[Any]] = defaultdict(list)
        self.after: dict[cst.CSTNode, list[Any]] = defaultdict(list)

    def carried_out(self, module: cst.Module) -> cst.Module:
        """``module`` rewritten. Lines above a statement that goes are handed to the statement that follows it.

        Raises:
            cst.CSTValidationError, TypeError: statements have been put where there is room for none.
        """
        following = _following(module, self.changes)
        handed: dict[cst.CSTNode, list[cst.EmptyLine]] = {}
        met: list[cst.CSTNode] = []

        def is_met(node: cst.CSTNode) -> bool:
            if node in self.changes or node in self.before or node in self.after or node in handed:
                met.append(node)
                return True
            return False

        def rewritten(updated: Any, _: object) -> Any:
            node = met.pop()
            new = [*self.changes[node](updated)] if node in self.changes else [updated]
            lines = handed.pop(node, [])
            if new and lines:
                new[0] = new[0].with_changes(leading_lines=_joined(lines, new[0].leading_lines))
            elif not new and node in following:
                handed[following[node]] = _joined(lines, updated.leading_lines)
            new = [*_set_apart(self.before.get(node, []), new), *self.after.get(node, [])]
            return new[0] if len(new) == 1 else cst.FlattenSentinel(new)

        found = matchers.MatchIfTrue[cst.CSTNode](is_met)
        return cast(cst.Module, matchers.replace(module, found, rewritten))


def _following(module: cst.Module, changed: Mapping[cst.CSTNode, Change]) -> dict[cst.CSTNode, cst.CSTNode]:
    """The statement after each of those in the module's own body."""
    pairs = zip(module.body, module.body[1:], strict=False)
    return {one: following for one, following in pairs if one in changed}


def _joined(above: Sequence[cst.EmptyLine], lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Both; of blank lines alone and those that ``lines`` begins with, the more."""
    if any(line.comment for line in above):
        return [*above, *lines]
    return [*above[: max(0, len(above) - _blank(lines))], *lines]


def with_header(module: cst.Module) -> cst.Module:
    """With the lines above the first statement as the module's own, which they are when it is read; none blank above
    all.
    """
    if not module.body or not (lines := cast(Any, module.body[0]).leading_lines):
        return module
    header = [*module.header, *lines] if module.header else lines[_blank(lines) :]
    return module.with_changes(header=header, body=(module.body[0].with_changes(leading_lines=()), *module.body[1:]))


def _set_apart(imports: Sequence[Any], statements: Sequence[Any]) -> list[Any]:
    """Both, with a blank line between them; the blank lines above are above the imports."""
    if not imports or not statements:
        return [*imports, *statements]
    lines = statements[0].leading_lines
    blank = _blank(lines)
    first = imports[0].with_changes(leading_lines=lines[:blank])
    rest = statements[0].with_changes(leading_lines=(cst.EmptyLine(indent=False), *lines[blank:]))
    return [first, *imports[1:], rest, *statements[1:]]


def _blank(lines: Sequence[cst.EmptyLine]) -> int:
    """How many of the first lines are blank."""
    return next((number for number, line in enumerate(lines) if line.comment), len(lines))
