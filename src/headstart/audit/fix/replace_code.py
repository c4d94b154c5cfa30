"""Puts an expression or statement in the place of another, with parentheses where what is around asks for them."""

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from headstart.audit.fix.python_source import Code, Source, comments, place, reads_back
from headstart.audit.fix.rewriting import Change, Rewriting
from headstart.errors import EditError
from headstart.model.finding import HoistCode, ReplaceCode


def collect(source: Source, edit: ReplaceCode, *, into: Rewriting) -> None:
    """What the edit does to the module.

    Raises:
        EditError: the code is not there, or its place has no room for the new.
    """
    node = source.found(edit)
    into.changes[node] = fitting(source, node, edit=edit)


def fitting(source: Source, node: Code, *, edit: ReplaceCode | HoistCode) -> Change:
    """The change that puts the edit's ``new`` in the place of ``node``; an edit is tried alone and with others, and
    looked for once.

    Raises:
        EditError: it cannot stand there, or a comment would be lost.
    """
    key = edit, "new"
    if key not in source.remembered:
        source.remembered[key] = _fitting(source, node, edit=edit)
    change: Change = source.remembered[key]
    return change


def _fitting(source: Source, node: Code, *, edit: ReplaceCode | HoistCode) -> Change:
    around = next(each for each in source.module.body if edit.line <= source.places[each].end.line)
    alone = source.module.with_changes(header=(), body=(cst.parse_statement("pass"), around), footer=())
    for new in _candidates(node, edit.new, config=source.module.config_for_parsing):
        rewriting = Rewriting()
        rewriting.changes[node] = change = _constantly(new)
        try:
            after = rewriting.carried_out(alone)
        except (cst.CSTValidationError, TypeError):  # a statement in the place of an elif, for one
            continue
        if reads_back(after):
            if not comments(alone) <= comments(after):
                raise EditError(f"{place(edit)}: there is a comment in the code to be replaced; edit it by hand")
            return change
    raise EditError(f"{place(edit)}: {edit.new!r} cannot stand there; edit it by hand")


def _constantly(new: Sequence[Any]) -> Change:
    return lambda _: new


def _candidates(node: Code, new: str, *, config: cst.PartialParserConfig) -> Iterator[Sequence[Any]]:
    try:
        if isinstance(node, cst.BaseExpression):
            bare = cst.parse_expression(new, config)
            bare = bare.with_changes(lpar=(*node.lpar, *bare.lpar), rpar=(*bare.rpar, *node.rpar))
            yield [bare]
            yield [bare.with_changes(lpar=(*bare.lpar, cst.LeftParen()), rpar=(cst.RightParen(), *bare.rpar))]
        else:
            yield _statements(node, cst.parse_module(new, config).body)
    except cst.ParserSyntaxError:
        return


def _statements(node: cst.SimpleStatementLine | cst.BaseCompoundStatement, new: Sequence[Any]) -> Sequence[Any]:
    """With the lines above the old statement, and with the comment after it."""
    if not new:
        return []
    first, *others = new
    statements = [first.with_changes(leading_lines=node.leading_lines), *others]
    if isinstance(node, cst.SimpleStatementLine):
        simple = [number for number, each in enumerate(statements) if isinstance(each, cst.SimpleStatementLine)]
        for number in simple[-1:]:
            statements[number] = statements[number].with_changes(trailing_whitespace=node.trailing_whitespace)
    return statements
