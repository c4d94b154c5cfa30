"""Tells whether what a function makes could be made at module level: under which name, and after which statement."""

import ast
import builtins
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from headstart.audit.code.program import Function, Module, Program
from headstart.audit.code.scopes import Kind
from headstart.model.finding import HoistCode

_BUILTINS: Final = frozenset(dir(builtins))
_NAMES: Final = (ast.Name, ast.Attribute, ast.Subscript, ast.Load)
_VALUES: Final = (ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.JoinedStr, ast.FormattedValue, ast.BinOp)
_PLAIN: Final = (*_NAMES, *_VALUES, ast.operator, ast.Call, ast.keyword)
# What code may fill after the module is loaded.
_FILLABLE: Final = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Hoist(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: ``new`` in the place of ``node``, and ``value`` under ``name`` at module level, ``written`` as it
    was. ``imports`` are statements that the value needs, by the names that they bind."""

    node: ast.AST
    new: str
    name: str
    value: ast.expr
    written: str = ""
    imports: Mapping[str, str] = {}


class Hoisting:
    """Gives values of one program names at module level, each value of a module one name.

    ``may_call`` says, of a full name, whether a call of it gives the same when the module is loaded.
    """

    def __init__(self, program: Program, *, may_call: Callable[[str], bool]) -> None:
        self._program, self._may_call = program, may_call
        self._given: dict[tuple[str, str], str] = {}
        self._taken_over: dict[tuple[Function, str], int] = {}

    def of_value(self, node: ast.expr, function: Function, *, stem: str) -> HoistCode | None:
        """The edit that makes ``node``, an expression in ``function``, once; None where it would mean something else.

        It takes over the name that the function gives to it, else one that begins with ``stem``.
        """
        module, value = function.module, ast.unparse(node)
        around = next(module.nodes.around(node), None)
        if isinstance(around, ast.Assign) and self._can_take_over(around, function, value=value):
            name = ast.unparse(around.targets[0])
            edit = self.edit(Hoist(node=around, new="", name=name, value=node), function)
            if edit is not None:
                self._given[module.name, name] = value
                self._taken_over[function, name] = edit.after
            return edit
        name = self.name(module, stem, value=value)
        return self.edit(Hoist(node=node, new=name, name=name, value=node), function)

    def name(self, module: Module, stem: str, *, value: str) -> str:
        """A name for ``value`` that nothing in the module has; the same again for the same value."""
        taken = _identifiers(module) | _BUILTINS
        for name in _variants(re.sub(r"\W+", "_", stem).strip("_")):
            given = self._given.setdefault((module.name, name), "" if name in taken else value)
            if given == value:
                return name
        raise AssertionError("there is always another name")

    def edit(self, hoist: Hoist, function: Function) -> HoistCode | None:
        """The edit that does it in ``function``; None where the value would be another one at module level."""
        after, place = self._after(hoist, function), function.module.at(hoist.node)
        if after is None:
            return None
        return HoistCode(
            file=place.file,
            line=place.line,
            column=place.column,
            old=ast.unparse(hoist.node),
            new=hoist.new,
            name=hoist.name,
            value=hoist.written or ast.unparse(hoist.value),
            after=after,
            imports=tuple(hoist.imports.values()),
        )

    def _after(self, hoist: Hoist, function: Function) -> int | None:
        """The line of the statement at module level after which the value can be made; None where nowhere."""
        module, within = function.module, [*ast.walk(hoist.value)]
        if not all(self._is_plain(each, function) for each in within) or not can_import(hoist.imports, module):
            return None
        names = {each.id for each in within if isinstance(each, ast.Name)} - _BUILTINS - hoist.imports.keys()
        lines = [_last_import(module), *(self._line_of(name, function) for name in names)]
        known = [line for line in lines if line is not None]
        return max(known) if len(known) == len(lines) else None

    def _line_of(self, name: str, function: Function) -> int | None:
        """Where the name has its value at module level, perhaps by an edit of this run."""
        taken_over = self._taken_over.get((function, name))
        return _binding(name, function) if taken_over is None else taken_over

    def _is_plain(self, node: ast.AST, function: Function) -> bool:
        """Whether it means the same at module level, whatever the names in it stand for."""
        if isinstance(node, ast.Call):
            return self._may_call(self._program.resolve(node.func, function))
        return isinstance(node, _PLAIN) and getattr(node, "arg", "") is not None

    def _can_take_over(self, statement: ast.Assign, function: Function, *, value: str) -> bool:
        """Whether the local name can be the module's, and the statement go."""
        target, module = statement.targets[0], function.module
        if len(statement.targets) != 1 or not isinstance(target, ast.Name) or not _can_go(statement, module):
            return False
        is_bound_once = len(function.scope.names.get(target.id, ())) == 1 and target.id not in function.scope.elsewhere
        is_free = target.id not in module.scope.names and target.id not in _BUILTINS
        return is_bound_once and is_free and self._given.get((module.name, target.id), value) == value


def can_import(imports: Mapping[str, str], module: Module) -> bool:
    """Whether each statement ``from a import name`` can be added: nothing has the name, or it is that already."""
    taken = _identifiers(module)
    return all(
        name not in taken or (name in module.scope.names and module.imports.get(name) == _imported(statement))
        for name, statement in imports.items()
    )


def _imported(statement: str) -> str:
    _, source, _, name = statement.split()
    return f"{source}.{name}"


def _binding(name: str, function: Function) -> int | None:
    """The line of the statement at module level that gives the name the value that it has ever after."""
    module = function.module
    holder: Function | None = function
    while holder is not None:
        if name in holder.scope.names:
            return None
        holder = holder.in_function
    bindings = module.scope.names.get(name, [])
    if len(bindings) != 1 or bindings[0].kind in (Kind.ITEM, Kind.UNKNOWN):
        return None
    if isinstance(bindings[0].node, _FILLABLE) and _is_filled(module, name):
        return None
    if any(name in declared.names for declared in module.nodes.of(ast.Global)):
        return None
    return next((each.lineno for each in module.tree.body if name in _bound(each)), None)


def _is_filled(module: Module, name: str) -> bool:
    """Whether something is done to it that may change what is in it."""
    for use in module.nodes.of(ast.Name):
        outer = next(module.nodes.around(use))
        is_changing = isinstance(outer, ast.Attribute) or not isinstance(getattr(outer, "ctx", ast.Load()), ast.Load)
        if use.id == name and isinstance(use.ctx, ast.Load) and is_changing:
            return True
    return False


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at module level binds there."""
    if isinstance(statement, _DEFINITIONS):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, _IMPORTS):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _last_import(module: Module) -> int | None:
    """The line of the last of the imports above what the module defines."""
    above = itertools.takewhile(lambda each: not isinstance(each, _DEFINITIONS), module.tree.body)
    return max((each.lineno for each in above if isinstance(each, _IMPORTS)), default=None)


def _can_go(statement: ast.stmt, module: Module) -> bool:
    """Whether it stands on lines of its own, in a block that has others."""
    outer = next(module.nodes.around(statement))
    blocks = (getattr(outer, field, None) for field in ("body", "orelse", "finalbody"))
    block = next((each for each in blocks if isinstance(each, list) and statement in each), [statement])
    lines = {each.lineno for each in block if each is not statement}
    return bool(lines) and statement.lineno not in lines and getattr(outer, "lineno", 0) != statement.lineno


def _identifiers(module: Module) -> set[str]:
    names = {node.id for node in module.nodes.of(ast.Name)} | {node.arg for node in module.nodes.of(ast.arg)}
    return names.union(module.scope.names, module.imports, *(each.scope.names for each in module.functions.values()))


def as_written(node: ast.expr, module: Module) -> str:
    """Its source, with the quotes and the line ends that it has there."""
    return ast.get_source_segment(module.source, node) or ast.unparse(node)


def _variants(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}_{number}" for number in itertools.count(2))
