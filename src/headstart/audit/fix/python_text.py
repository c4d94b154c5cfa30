"""Edits Python source by LibCST, and leaves every other character as it is.

What comes out is read again: unless it is the tree that was meant, with every comment, the edits are refused.
"""

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, cast

import libcst as cst

from headstart.audit.fix import hoist_code, move_import, python_source, replace_code, unwrap_with
from headstart.audit.fix.python_source import Source, comments, place, reads_back
from headstart.audit.fix.rewriting import Rewriting, with_header
from headstart.errors import EditError
from headstart.model.finding import CodeEdit, HoistCode, MoveImport, ReplaceCode, UnwrapWith

_BYTE_ORDER_MARK = "\ufeff"


def edited(text: str, edits: Sequence[CodeEdit]) -> str:
    """``text`` with all of ``edits``, one or more, carried out; their places are those in ``text``.

    Raises:
        EditError: what should be changed is not there (any more), overlaps another edit, has a comment in it, or what
            would come out is not what the edit says.
    """
    code = text.removeprefix(_BYTE_ORDER_MARK)
    source = python_source.read(code, edits[0].file)
    in_order = sorted(edits, key=lambda edit: (edit.line, edit.column))
    _require_apart(source, in_order)
    _require_imports_stay(in_order)
    try:
        module = with_header(_with_imports(_rewriting(source, in_order).carried_out(source.module), edits))
    except (cst.CSTValidationError, TypeError) as error:
        raise EditError(f"{place(edits[0])}: there is no room for what should stand there; edit it by hand") from error
    if not reads_back(module):
        raise EditError(f"{edits[0].file}: its edits cannot be made together; edit it by hand")
    if not comments(source.module) <= comments(module):
        raise EditError(f"{place(edits[0])}: there is a comment in the code to be changed; edit it by hand")
    return text[: len(text) - len(code)] + module.code


def _rewriting(source: Source, edits: Sequence[CodeEdit]) -> Rewriting:
    rewriting = Rewriting()
    moves: dict[tuple[int, int], list[MoveImport]] = defaultdict(list)
    for edit in edits:
        match edit:
            case ReplaceCode():
                replace_code.collect(source, edit, into=rewriting)
            case HoistCode():
                hoist_code.collect(source, edit, into=rewriting)
            case UnwrapWith():
                unwrap_with.collect(source, edit, into=rewriting)
            case MoveImport():
                moves[edit.line, edit.column].append(edit)
    for of_statement in moves.values():
        move_import.collect(source, of_statement, into=rewriting)
    return rewriting


def _require_apart(source: Source, edits: Sequence[CodeEdit]) -> None:
    """Refuse edits of one piece of code, but for names of one import, and for what is in an unwrapped ``with``."""
    replacing = [edit for edit in edits if not isinstance(edit, UnwrapWith)]
    for edit, following in itertools.pairwise(replacing):
        end = source.places[source.found(edit)].end
        is_shared = isinstance(edit, MoveImport) and isinstance(following, MoveImport)
        if not is_shared and (following.line, following.column - 1) < (end.line, end.column):
            raise EditError(f"{place(following)}: another edit replaces this code too")


def _require_imports_stay(edits: Sequence[CodeEdit]) -> None:
    """Refuse to move the import of what another edit needs at module level."""
    moved = {edit.name for edit in edits if isinstance(edit, MoveImport)}
    for edit in edits:
        needed = ast.walk(ast.parse(edit.value)) if isinstance(edit, HoistCode) and moved else ()
        if names := moved & {node.id for node in needed if isinstance(node, ast.Name)}:
            raise EditError(f"{place(edit)}: another edit moves the import of {', '.join(sorted(names))}")


def _with_imports(module: cst.Module, edits: Sequence[CodeEdit]) -> cst.Module:
    """With the imports that it lacks after those at its top, else after its docstring or the comment it begins with."""
    adding = [edit for edit in edits if isinstance(edit, ReplaceCode | HoistCode)]
    there = {*_imports(module)} if any(edit.imports for edit in adding) else set()
    wanted = dict.fromkeys(statement for edit in adding for statement in edit.imports)
    missing = [cst.parse_statement(statement) for statement in wanted if statement not in there]
    if not missing:
        return module
    start = 0 if module.get_docstring() is None else 1
    end = start + len([*itertools.takewhile(_is_import, module.body[start:])])
    above, below, header = module.body[:end], module.body[end:], module.header
    if end == 0 and below:
        header = [*itertools.takewhile(lambda line: line.comment is not None, header)]
        lines = [*module.header[len(header) :], *cast(Any, below[0]).leading_lines]
        below = (below[0].with_changes(leading_lines=lines), *below[1:])
    if start == end == 1:
        missing[0] = missing[0].with_changes(leading_lines=(cst.EmptyLine(),))
    return module.with_changes(header=header, body=(*above, *missing, *below))


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Import | cst.ImportFrom)


def _imports(module: cst.Module) -> Iterator[str]:
    """A statement for each name that is imported outside functions and blocks."""
    for node in ast.parse(module.code).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield ast.unparse(type(node)(**{**vars(node), "names": [alias]}))
