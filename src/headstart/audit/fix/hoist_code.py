"""Makes a value once, at module level, where code made it again each time."""

import ast
from typing import Any

import libcst as cst

from headstart.audit.fix import replace_code
from headstart.audit.fix.python_source import Source, place
from headstart.audit.fix.rewriting import Rewriting
from headstart.errors import EditError
from headstart.model.finding import HoistCode


def collect(source: Source, edit: HoistCode, *, into: Rewriting) -> None:
    """What the edit does to the module; several may share one value.

    Raises:
        EditError: the code or the statement to come after is not there, or its place has no room for the new.
    """
    node = source.found(edit)
    into.changes[node] = replace_code.fitting(source, node, edit=edit) if edit.new else _gone
    after = next((each for each in source.module.body if source.places[each].start.line == edit.after), None)
    if after is None:
        raise EditError(f"{place(edit)}: nothing at module level begins at line {edit.after}; edit it by hand")
    there = into.after[after]
    names = {_name(statement): statement for statement in there}
    if edit.name not in names:
        there.append(_set_off(_statement(source, node, edit=edit), after=after, is_first=not there))
    elif ast.unparse(ast.parse(source.module.code_for_node(names[edit.name]))) != _written(edit):
        raise EditError(f"{place(edit)}: {edit.name} is something else already; edit it by hand")


def _gone(_: object) -> list[Any]:
    return []


def _written(edit: HoistCode) -> str:
    return ast.unparse(ast.parse(f"{edit.name} = {edit.value}"))


def _name(statement: Any) -> str:
    name: str = statement.body[0].targets[0].target.value
    return name


def _statement(source: Source, node: Any, *, edit: HoistCode) -> Any:
    """The assignment: the code as it is written there where it is the whole value, else as the edit has it."""
    if isinstance(node, cst.SimpleStatementLine) and edit.old == _written(edit):
        comments = [line for line in node.leading_lines if line.comment]
        return node.with_changes(leading_lines=comments).deep_clone()
    made: Any = cst.parse_statement(f"{edit.name} = {edit.value}", source.module.config_for_parsing)
    if isinstance(node, cst.BaseExpression) and edit.old == ast.unparse(ast.parse(edit.value, mode="eval")):
        return made.with_changes(body=[made.body[0].with_changes(value=node.deep_clone())])
    return made


def _set_off(statement: Any, *, after: cst.CSTNode, is_first: bool) -> Any:
    """With a blank line above it where it comes after an import or a block."""
    is_assignment = isinstance(after, cst.SimpleStatementLine) and isinstance(after.body[0], cst.Assign | cst.AnnAssign)
    if not is_first or is_assignment:
        return statement
    return statement.with_changes(leading_lines=(cst.EmptyLine(), *statement.leading_lines))
