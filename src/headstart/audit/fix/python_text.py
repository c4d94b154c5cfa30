"""Replaces expressions and statements in Python source by LibCST, and leaves every other character as it is.

What comes out is read again: unless it is the tree that was meant, with every comment, the edit is refused.
"""

import ast
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import libcst as cst
import msgspec
from libcst import matchers
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from headstart.errors import EditError
from headstart.model.finding import ReplaceCode

_BYTE_ORDER_MARK = "\ufeff"
_Node = cst.BaseExpression | cst.SimpleStatementLine | cst.BaseCompoundStatement


class _Source(msgspec.Struct, frozen=True):
    """``nodes``: by line and column (from 1) where they begin, the innermost first."""

    module: cst.Module
    places: Mapping[cst.CSTNode, CodeRange]
    nodes: Mapping[tuple[int, int], list[_Node]]
    replacements: dict[ReplaceCode, tuple[cst.CSTNode, Any]] = {}


def edited(text: str, edits: Sequence[ReplaceCode]) -> str:
    """``text`` with all of ``edits``, one or more, carried out; their places are those in ``text``.

    Raises:
        EditError: what should be replaced is not there (any more), overlaps another edit, has a comment in it, or what
            would come out is not what the edit says.
    """
    code = text.removeprefix(_BYTE_ORDER_MARK)
    source = _read(code, edits[0].file)
    in_order = sorted(edits, key=lambda edit: (edit.line, edit.column))
    replacements = [_replacement(source, edit) for edit in in_order]
    for (node, _), edit in zip(replacements, in_order[1:], strict=False):
        end = source.places[node].end
        if (edit.line, edit.column - 1) < (end.line, end.column):
            raise EditError(f"{_place(edit)}: another edit replaces this code too")
    module = _with_imports(_replaced(source.module, dict(replacements)), edits)
    if not _reads_back(module):
        raise EditError(f"{edits[0].file}: its edits cannot be made together; edit it by hand")
    return text[: len(text) - len(code)] + module.code


@lru_cache(maxsize=16)
def _read(code: str, file: str) -> _Source:
    try:
        module = cst.parse_module(code)
    except cst.ParserSyntaxError as error:
        raise EditError(f"{file} is not Python: {error.message}") from error
    if module.code != code:
        raise EditError(f"{file} has line ends or form feeds that LibCST does not keep; edit it by hand")
    places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    nodes = defaultdict(list)
    for node, place in places.items():
        if isinstance(node, _Node):
            nodes[place.start.line, place.start.column + 1].append(node)
    return _Source(module, places, nodes)


def _found(source: _Source, edit: ReplaceCode) -> _Node:
    for node in reversed(source.nodes.get((edit.line, edit.column), ())):
        code = source.module.code_for_node(node)
        is_expression = isinstance(node, cst.BaseExpression)
        read = ast.parse(f"({code}\n)", mode="eval") if is_expression else ast.parse(code)
        if ast.unparse(read) == edit.old:
            return node
    raise EditError(f"{_place(edit)}: the code to be replaced is not there, so {edit.file} has changed")


def _replacement(source: _Source, edit: ReplaceCode) -> tuple[cst.CSTNode, Any]:
    """A node, and what to put in its place. An edit is tried alone and with others: it is looked for once."""
    if edit not in source.replacements:
        node = _found(source, edit)
        source.replacements[edit] = node, _fitting(source, node, edit=edit)
    return source.replacements[edit]


def _fitting(source: _Source, node: _Node, *, edit: ReplaceCode) -> Any:
    """What to put in the place of ``node``: with parentheses where the statement around it asks for them."""
    around = next(each for each in source.module.body if edit.line <= source.places[each].end.line)
    alone = source.module.with_changes(header=(), body=(cst.parse_statement("pass"), around), footer=())
    for new in _candidates(node, edit.new, config=source.module.config_for_parsing):
        try:
            after = _replaced(alone, {node: new})
        except (cst.CSTValidationError, TypeError):  # a statement in the place of an elif, for one
            continue
        if _reads_back(after):
            if not _comments(alone) <= _comments(after):
                raise EditError(f"{_place(edit)}: there is a comment in the code to be replaced; edit it by hand")
            return new
    raise EditError(f"{_place(edit)}: {edit.new!r} cannot stand there; edit it by hand")


def _candidates(node: _Node, new: str, *, config: cst.PartialParserConfig) -> Iterator[Any]:
    try:
        if isinstance(node, cst.BaseExpression):
            bare = cst.parse_expression(new, config)
            bare = bare.with_changes(lpar=(*node.lpar, *bare.lpar), rpar=(*bare.rpar, *node.rpar))
            yield bare
            yield bare.with_changes(lpar=(*bare.lpar, cst.LeftParen()), rpar=(cst.RightParen(), *bare.rpar))
        else:
            yield _statements(node, cst.parse_module(new, config).body)
    except cst.ParserSyntaxError:
        return


def _statements(
    node: cst.SimpleStatementLine | cst.BaseCompoundStatement, new: Sequence[Any]
) -> cst.FlattenSentinel[Any]:
    """With the lines above the old statement, and with the comment after it."""
    if not new:
        return cst.FlattenSentinel(())
    first, *others = new
    *others, last = first.with_changes(leading_lines=node.leading_lines), *others
    if isinstance(node, cst.SimpleStatementLine) and isinstance(last, cst.SimpleStatementLine):
        last = last.with_changes(trailing_whitespace=node.trailing_whitespace)
    return cst.FlattenSentinel((*others, last))


def _replaced(module: cst.Module, new: Mapping[cst.CSTNode, Any]) -> cst.Module:
    """With each node of ``new``, which are in the order of the source and apart, replaced."""
    replacements = iter(new.values())
    found = matchers.MatchIfTrue[cst.CSTNode](lambda node: node in new)
    return cast(cst.Module, matchers.replace(module, found, lambda *_: next(replacements)))


def _reads_back(module: cst.Module) -> bool:
    """Whether what is written means what it says: a precedence or an indent may make it something else."""
    try:
        return cst.parse_module(module.code, module.config_for_parsing).deep_equals(module)
    except cst.ParserSyntaxError:
        return False


def _comments(node: cst.CSTNode) -> Counter[str]:
    return Counter(each.value for each in matchers.findall(node, matchers.Comment()) if isinstance(each, cst.Comment))


def _with_imports(module: cst.Module, edits: Sequence[ReplaceCode]) -> cst.Module:
    """With the imports that it lacks after those at its top, else after its docstring or the comment it begins with."""
    there = {*_imports(module)}
    wanted = dict.fromkeys(statement for edit in edits for statement in edit.imports)
    missing = [cst.parse_statement(statement) for statement in wanted if statement not in there]
    if not missing:
        return module
    start = 0 if module.get_docstring() is None else 1
    end = start + len([*itertools.takewhile(_is_import, module.body[start:])])
    above, below, header = module.body[:end], module.body[end:], module.header
    if end == 0 and below:
        header = [*itertools.takewhile(lambda line: line.comment is not None, header)]
        below = (below[0].with_changes(leading_lines=module.header[len(header) :]), *below[1:])
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


def _place(edit: ReplaceCode) -> str:
    return f"{edit.file}:{edit.line}"
