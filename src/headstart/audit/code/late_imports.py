"""Tells where else an import of a module could stand: in the functions that use it, or in the one branch that does."""

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final

from headstart.audit.code.program import Module
from headstart.audit.code.scopes import Kind
from headstart.model.finding import MoveImport

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
# What reads names by their text, or all names of a scope.
_BY_TEXT: Final = ("eval(", "exec(", "locals(", "globals(", "vars(", "__import__(")


def moves(module: Module, statement: ast.Import | ast.ImportFrom, *, names: Sequence[str]) -> tuple[MoveImport, ...]:
    """The edits by which each of ``names``, bound by ``statement``, is imported where it is used; none where the code
    would not mean the same.
    """
    if not _may_move(module, statement):
        return ()
    found = [_move(module, statement, name=name) for name in names]
    return tuple(move for move in found if move is not None) if all(found) else ()


def removal(module: Module, name: str, *, uses: int) -> tuple[MoveImport, ...]:
    """The edit by which an import goes that binds ``name`` for these few uses, which go too; none where there are more,
    or a comment beside it.
    """
    named = [node for node in module.nodes.of(ast.Name) if node.id == name]
    binding = [each for each in module.tree.body if name in _bound(each)]
    if len(named) != uses or len(binding) != 1 or len(module.scope.names.get(name, ())) != 1:
        return ()
    (statement,) = binding
    lines = module.source.splitlines()[statement.lineno - 1 : statement.end_lineno]
    has_comment = any("#" in line for line in lines)
    return () if has_comment or module.mentions(f'"{name}"', f"'{name}'") else (_moving(module, statement, name=name),)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that an import statement binds."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)


def _may_move(module: Module, statement: ast.Import | ast.ImportFrom) -> bool:
    is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    return statement in module.tree.body and not is_future and not module.mentions(*_BY_TEXT)


def _move(module: Module, statement: ast.Import | ast.ImportFrom, *, name: str) -> MoveImport | None:
    bindings = module.scope.names.get(name, ())
    uses = [node for node in module.nodes.of(ast.Name) if node.id == name]
    is_one = len(bindings) == 1 and bindings[0].kind is Kind.IMPORT and not _is_bound_elsewhere(module, name)
    if not is_one or _is_in_quoted_annotation(module, name) or any(not isinstance(use.ctx, ast.Load) for use in uses):
        return None
    places = {_place(module, uses=of_function) for of_function in _by_function(module, uses)}
    known = [place for place in places if place is not None]
    return _moving(module, statement, name=name, before=known) if len(known) == len(places) else None


def _moving(module: Module, statement: ast.stmt, *, name: str, before: Sequence[tuple[int, int]] = ()) -> MoveImport:
    place, old = module.at(statement), ast.unparse(statement)
    before = tuple(sorted(before))
    return MoveImport(file=place.file, line=place.line, column=place.column, old=old, name=name, before=before)


def _is_bound_elsewhere(module: Module, name: str) -> bool:
    """Whether a function, or a ``global`` in one, has the name for something of its own."""
    declared = [each.names for each in module.nodes.of(ast.Global)]
    declared += [each.names for each in module.nodes.of(ast.Nonlocal)]
    own = [function.scope.names for function in module.functions.values()]
    return any(name in names for names in (*declared, *own))


def _is_in_quoted_annotation(module: Module, name: str) -> bool:
    """Whether an annotation has the name in a text, where only the module's own names are found."""
    annotations = [each.annotation for each in module.nodes.of(ast.arg)]
    annotations += [each.annotation for each in module.nodes.of(ast.AnnAssign)]
    annotations += [each.returns for each in module.nodes.of(ast.FunctionDef)]
    annotations += [each.returns for each in module.nodes.of(ast.AsyncFunctionDef)]
    texts = (node.value for each in annotations if each for node in ast.walk(each) if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and re.search(rf"\b{re.escape(name)}\b", text) for text in texts)


def _by_function(module: Module, uses: Sequence[ast.Name]) -> Iterator[list[ast.Name]]:
    """The uses in each outermost function; those outside of any are apart, one by one."""
    functions: dict[ast.AST, list[ast.Name]] = {}
    for use in uses:
        functions.setdefault(_outermost(module, use) or use, []).append(use)
    return iter(functions.values())


def _outermost(module: Module, node: ast.AST) -> ast.AST | None:
    """The outermost def in whose body the node stands, rather than in its decorators, defaults or annotations."""
    found, inner = None, node
    for outer in module.nodes.around(node):
        if isinstance(outer, _FUNCTIONS):
            found = outer if inner in outer.body else None
        inner = outer
    return found


def _place(module: Module, *, uses: Sequence[ast.Name]) -> tuple[int, int] | None:
    """Before which statement of a function, line and column, a name has to be imported for all of ``uses`` in it."""
    function = _outermost(module, uses[0])
    if function is None:
        return None
    ways = [_blocks(module, use, function=function) for use in uses]
    common = [steps for steps in zip(*ways, strict=False) if len({id(block) for block, _ in steps}) == 1]
    if not common:
        return None
    first = _first(common[-1][0][0], used_in=[statement for _, statement in common[-1]])
    return first.lineno, module.at(first).column


def _first(block: Sequence[ast.stmt], *, used_in: Sequence[ast.stmt]) -> ast.stmt:
    """Where a block's imports stand: at its beginning, or after what may leave it before the name is used."""
    lines = {statement.lineno for statement in used_in}
    before = [*itertools.takewhile(lambda statement: statement.lineno not in lines, block)]
    start = 0
    for number, statement in enumerate(before, start=1):
        if isinstance(statement, (ast.Global, ast.Nonlocal)) or _is_text(statement) or _may_leave(statement):
            start = number
    return block[start]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _may_leave(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.Await) for node in ast.walk(statement))


def _blocks(module: Module, use: ast.Name, *, function: ast.AST) -> list[tuple[list[ast.stmt], ast.stmt]]:
    """The blocks of a function around a use in which an import can be put, outermost first, each with the statement of
    the use: not in a loop, a nested function or class, before an ``elif``, or in a line with what is around.
    """
    found: list[tuple[list[ast.stmt], ast.stmt]] = []
    inner: ast.AST = use
    for outer in module.nodes.around(use):
        block = _block(outer, inner)
        if block is not None and isinstance(inner, ast.stmt) and _has_own_lines(module, block):
            found.append((block, inner))
        if outer is function:
            break
        if isinstance(outer, (*_LOOPS, *_FUNCTIONS, ast.ClassDef)):
            found.clear()
        inner = outer
    return found[::-1]


def _block(outer: ast.AST, inner: ast.AST) -> list[ast.stmt] | None:
    blocks = (getattr(outer, field, None) for field in ("body", "orelse", "finalbody"))
    return next((block for block in blocks if isinstance(block, list) and inner in block), None)


def _has_own_lines(module: Module, block: Sequence[ast.stmt]) -> bool:
    line, column = module.source.split("\n")[block[0].lineno - 1], module.at(block[0]).column
    return not line[: column - 1].strip() and not line[column - 1 :].startswith("elif")
