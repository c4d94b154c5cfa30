"""Moves what an import statement binds to the places where it is used; several names of one module move together."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import libcst as cst

from headstart.audit.fix.python_source import Source, place
from headstart.audit.fix.rewriting import Rewriting
from headstart.errors import EditError
from headstart.model.finding import MoveImport

_Import = cst.Import | cst.ImportFrom


def collect(source: Source, edits: Sequence[MoveImport], *, into: Rewriting) -> None:
    """What ``edits``, those of one import statement, do to the module.

    Raises:
        EditError: the statement or a place is not there, or the statement does not bind such a name.
    """
    line = source.found(edits[0])
    statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(statement, _Import) or isinstance(statement.names, cst.ImportStar):
        raise EditError(f"{place(edits[0])}: no import statement of its own line; edit it by hand")
    moved = {edit.name for edit in edits}
    taken = [alias for alias in statement.names if _bound(alias) in moved]
    left = [alias for alias in statement.names if _bound(alias) not in moved]
    if len(taken) != len(moved):
        raise EditError(f"{place(edits[0])}: it does not import {', '.join(sorted(moved))} once each")
    into.changes[line] = lambda updated: [_with(updated, left)] if left else []
    for where, names in _by_place(edits).items():
        target = source.statement_at(*where, edit=edits[0])
        into.before[target].append(
            _statement(line, [alias for alias in taken if _bound(alias) in names], whole=not left)
        )


def _by_place(edits: Sequence[MoveImport]) -> dict[tuple[int, int], set[str]]:
    names: dict[tuple[int, int], set[str]] = defaultdict(set)
    for edit in edits:
        for where in edit.before:
            names[where].add(edit.name)
    return names


def _bound(alias: cst.ImportAlias) -> str:
    """The name that it binds: ``os`` of ``os.path``."""
    return alias.evaluated_alias or alias.evaluated_name.partition(".")[0]


def _statement(line: Any, aliases: Collection[cst.ImportAlias], *, whole: bool) -> cst.SimpleStatementLine:
    """The import of these alone; with the comment beside it when nothing is left there."""
    trailing = line.trailing_whitespace if whole else cst.TrailingWhitespace()
    new = _with(line, aliases).with_changes(leading_lines=(), trailing_whitespace=trailing).deep_clone()
    return new if isinstance(new, cst.SimpleStatementLine) else line


def _with(line: Any, aliases: Collection[cst.ImportAlias]) -> Any:
    """The statement with these names alone, in the form that it has; parentheses go where one name is left."""
    *others, last = aliases
    statement = line.body[0]
    is_enclosed = isinstance(statement, cst.ImportFrom) and statement.lpar is not None and len(aliases) > 1
    last = last.with_changes(comma=statement.names[-1].comma if is_enclosed else cst.MaybeSentinel.DEFAULT)
    fields: dict[str, Any] = {"names": [*others, last]}
    if isinstance(statement, cst.ImportFrom) and not is_enclosed:
        fields |= {"lpar": None, "rpar": None}
    return line.with_changes(body=[statement.with_changes(**fields)])
