"""Replaces expressions and statements in Python source, and leaves every other character as it is.

What comes out is compared, as a syntax tree, with the tree in which that one node is replaced: an edit that a
precedence, an indent or a neighbour would change into something else is refused.
"""

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Iterator, Sequence

import msgspec

from headstart.errors import EditError
from headstart.model.finding import ReplaceCode

_Node = ast.expr | ast.stmt
_LINE = re.compile(r".*?(?:\r\n|\r|\n|$)", re.DOTALL)
_INDENT = re.compile(r"[ \t]*")
_HEAD = re.compile(r"(?:#.*(?:\r\n|\r|\n))*")


class _Piece(msgspec.Struct, frozen=True, kw_only=True):
    """The text from ``start`` to ``end`` is ``node``, which an edit replaces."""

    start: int
    end: int
    node: _Node
    edit: ReplaceCode


def edited(text: str, edits: Sequence[ReplaceCode]) -> str:
    """``text`` with all of ``edits`` carried out; their places are those in ``text``.

    Raises:
        EditError: what should be replaced is not there (any more), overlaps another edit, has a comment in it, or what
            would come out is not what the edit says.
    """
    if not edits:
        return text
    tree = _parsed(text, file=edits[0].file)
    pieces = sorted((_piece(text, tree, edit=edit) for edit in edits), key=lambda piece: piece.start)
    for piece, following in itertools.pairwise(pieces):
        if following.start < piece.end:
            raise EditError(f"{_place(following.edit)}: another edit replaces this code too")
    for piece in reversed(pieces):
        text = _replaced(text, piece)
    for statement in dict.fromkeys(statement for edit in edits for statement in edit.imports):
        text = _with_import(text, statement)
    return text


def _parsed(text: str, *, file: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise EditError(f"{file} is not Python: {error}") from error


def _piece(text: str, tree: ast.Module, *, edit: ReplaceCode) -> _Piece:
    for node in _at(tree, edit.line, column=edit.column):
        if ast.unparse(node) == edit.old:
            start, end = _span(text, node)
            if _has_comment(text[start:end]):
                raise EditError(f"{_place(edit)}: there is a comment in the code to be replaced; edit it by hand")
            return _Piece(start=start, end=end, node=node, edit=edit)
    raise EditError(f"{_place(edit)}: the code to be replaced is not there, so {edit.file} has changed")


def _replaced(text: str, piece: _Piece) -> str:
    """With parentheses where the place needs them."""
    start, end = piece.start, piece.end
    if not piece.edit.new:
        start, end = _whole_line(text, start, end=end)
    new = piece.edit.new.replace("\n", _line_end(text) + _indent(text, start))
    for candidate in (new, f"({new})"):
        result = text[:start] + candidate + text[end:]
        if _is_as_meant(text, result, piece=piece):
            return result
    raise EditError(f"{_place(piece.edit)}: {piece.edit.new!r} cannot stand there; edit it by hand")


def _is_as_meant(before: str, after: str, *, piece: _Piece) -> bool:
    try:
        wanted, got = ast.parse(before), ast.parse(after)
        _replace_node(wanted, piece.node, new=ast.parse(piece.edit.new).body)
    except (SyntaxError, ValueError):
        return False
    return ast.dump(wanted) == ast.dump(got)


def _replace_node(tree: ast.Module, node: _Node, *, new: list[ast.stmt]) -> None:
    """Put ``new`` in the place of the node of ``tree`` that stands where ``node`` does and reads the same."""
    key = _key(node)
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            children = value if isinstance(value, list) else [value]
            for index, child in enumerate(children):
                if isinstance(child, _Node) and _key(child) == key:
                    put = new if isinstance(child, ast.stmt) else [_expression(new)]
                    changed = [*children[:index], *put, *children[index + 1 :]]
                    setattr(parent, field, changed if isinstance(value, list) else changed[0])
                    return


def _expression(new: list[ast.stmt]) -> ast.expr:
    if len(new) != 1 or not isinstance(new[0], ast.Expr):
        raise ValueError("an expression can only be replaced by one")
    return new[0].value


def _key(node: _Node) -> tuple[object, ...]:
    return type(node), node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _at(tree: ast.Module, line: int, *, column: int) -> Iterator[_Node]:
    for node in ast.walk(tree):
        if isinstance(node, _Node) and (node.lineno, node.col_offset + 1) == (line, column):
            yield node


def _span(text: str, node: _Node) -> tuple[int, int]:
    lines = _LINE.findall(text)
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return _index(lines, node.lineno, column=node.col_offset), _index(lines, end_line, column=end_column)


def _index(lines: Sequence[str], line: int, *, column: int) -> int:
    """``column`` counts bytes, as in every syntax tree of Python's."""
    before = sum(len(each) for each in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column].decode())


def _has_comment(code: str) -> bool:
    try:
        return any(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return "#" in code


def _whole_line(text: str, start: int, *, end: int) -> tuple[int, int]:
    """The lines from ``start`` to ``end`` with their line end, if nothing else is on them."""
    begin = max(text.rfind(char, 0, start) for char in "\r\n") + 1
    rest = _LINE.match(text, end)
    assert rest is not None
    alone = not text[begin:start].strip() and not rest[0].strip()
    return (begin, rest.end()) if alone else (start, end)


def _indent(text: str, start: int) -> str:
    begin = max(text.rfind(char, 0, start) for char in "\r\n") + 1
    indent = _INDENT.match(text, begin)
    return indent[0] if indent else ""


def _line_end(text: str) -> str:
    ends = re.search(r"\r\n|\r|\n", text)
    return ends[0] if ends else "\n"


def _with_import(text: str, statement: str) -> str:
    """With ``statement`` after the imports at the top, unless all that it binds is bound by one of them."""
    tree, wanted = ast.parse(text), ast.parse(statement).body[0]
    if _bound(wanted) <= {name for node in tree.body for name in _bound(node)}:
        return text
    before = _last_before_code(tree)
    line_end = _line_end(text)
    if before is None:
        head = _HEAD.match(text)
        start = head.end() if head else 0
        return f"{text[:start]}{statement}{line_end}{text[start:]}"
    _, end = _span(text, before)
    rest = _LINE.match(text, end)
    assert rest is not None
    gap = line_end if isinstance(before, ast.Expr) else ""
    return f"{text[: rest.end()]}{gap}{statement}{line_end}{text[rest.end() :]}"


def _last_before_code(tree: ast.Module) -> ast.stmt | None:
    """The last import at the top of the module, else its docstring."""
    last = None
    for position, node in enumerate(tree.body):
        is_docstring = position == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not isinstance(node, ast.Import | ast.ImportFrom):
            break
        last = node
    return last


def _bound(node: ast.stmt) -> set[tuple[str, ...]]:
    """What an import binds: (module, name, alias)."""
    if isinstance(node, ast.Import):
        return {(alias.name, "", alias.asname or "") for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return {(module, alias.name, alias.asname or "") for alias in node.names}
    return set()


def _place(edit: ReplaceCode) -> str:
    return f"{edit.file}:{edit.line}"
