"""The edits by which a pool of processes gives way to the kit's ``parallel_map``, which needs no /dev/shm."""

import ast
from collections.abc import Iterator
from typing import Final

from headstart.audit.code import late_imports
from headstart.audit.code.hoisting import as_written, can_import
from headstart.audit.code.program import Call, Function, Module
from headstart.model.finding import CodeEdit, ReplaceCode, UnwrapWith

_POOLS: Final = frozenset({"multiprocessing.Pool", "multiprocessing.pool.Pool", "multiprocessing.get_context().Pool"})
_EXECUTORS: Final = frozenset(
    {"concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor"}
)
_MAPS: Final = frozenset({"map", "starmap", "imap", "imap_unordered"})
_ENDS: Final = frozenset({"close", "join", "terminate", "shutdown"})
_SIZES: Final = frozenset({"processes", "max_workers"})
# What takes an iterator and a list alike.
_TAKES_ANY: Final = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "sum", "max", "min", "any", "all", "sorted"}
)
_IMPORT: Final = "from headstart_kit import parallel_map"


def edits(call: Call) -> tuple[CodeEdit, ...]:
    """Those for a pool that ``call`` makes, if nothing but maps over it is done with it; else none."""
    function, module = call.in_function, call.module
    around = next(module.nodes.around(call.node))
    if function is None or not _is_plain(call) or not can_import({"parallel_map": _IMPORT}, module):
        return ()
    name, made = _kept_as(around, module)
    uses = _uses(name, function) if name else None
    if uses is None or made is None or (isinstance(made, ast.With) and not all(_is_in(use, made) for use in uses)):
        return ()
    found = [_in_place_of(use, module, is_lazy=call.name in _EXECUTORS) for use in uses]
    if not found or None in found:
        return ()
    return (_without(made, module), *(edit for edit in found if edit is not None), *_import_in_vain(call))


def _without(made: ast.stmt, module: Module) -> CodeEdit:
    """What a ``with`` has in it, or no assignment at all."""
    if not isinstance(made, ast.With):
        return _replacing(made, "", module=module)
    place = module.at(made)
    return UnwrapWith(file=place.file, line=place.line, column=place.column, old=ast.unparse(made))


def _is_plain(call: Call) -> bool:
    """A pool of processes with nothing but its size said."""
    keywords = {keyword.arg for keyword in call.node.keywords}
    return call.name in _POOLS | _EXECUTORS and len(call.node.args) <= 1 and keywords <= _SIZES


def _kept_as(around: ast.AST, module: Module) -> tuple[str, ast.stmt | None]:
    """The name that the pool gets, and the statement that makes it: ``with Pool() as name:`` or ``name = Pool()``."""
    if isinstance(around, ast.withitem) and isinstance(around.optional_vars, ast.Name):
        statement = next(module.nodes.around(around))
        if isinstance(statement, ast.With) and len(statement.items) == 1:
            return around.optional_vars.id, statement
    if isinstance(around, ast.Assign) and len(around.targets) == 1 and isinstance(around.targets[0], ast.Name):
        return around.targets[0].id, around
    return "", None


def _uses(name: str, function: Function) -> list[ast.Name] | None:
    """Where the function reads the name; None where it, or a function in it, does something else with it."""
    named = [node for node in ast.walk(function.node) if isinstance(node, ast.Name) and node.id == name]
    uses = function.module.bindings.reads(function.node, name)
    return uses if len(named) == len(uses) + 1 and name not in function.scope.elsewhere else None


def _is_in(node: ast.AST, outer: ast.AST) -> bool:
    return any(each is node for each in ast.walk(outer))


def _in_place_of(use: ast.Name, module: Module, *, is_lazy: bool) -> ReplaceCode | None:
    """The edit of ``pool.map(…)``, or of ``pool.close()``; None where it is another use."""
    method, called, statement = _three_around(use, module)
    if not isinstance(method, ast.Attribute) or not isinstance(called, ast.Call) or called.func is not method:
        return None
    if method.attr in _ENDS and isinstance(statement, ast.Expr):
        return _replacing(statement, "", module=module)
    if method.attr not in _MAPS or not _maps_one(called):
        return None
    given, items = (as_written(argument, module) for argument in called.args[:2])
    if method.attr == "starmap":
        if not isinstance(called.args[0], ast.Name | ast.Attribute):
            return None
        given = f"lambda arguments: {given}(*arguments)"
    new = f"parallel_map({given}, {items})"
    if (is_lazy or method.attr.startswith("imap")) and not _takes_any(statement, called):
        new = f"iter({new})"
    return _replacing(called, new, module=module)


def _three_around(node: ast.AST, module: Module) -> tuple[ast.AST | None, ast.AST | None, ast.AST | None]:
    around = module.nodes.around(node)
    return next(around, None), next(around, None), next(around, None)


def _maps_one(called: ast.Call) -> bool:
    """A function over one iterable, and perhaps the size of the chunks."""
    is_chunked = [keyword.arg for keyword in called.keywords] in ([], ["chunksize"])
    starred = any(isinstance(argument, ast.Starred) for argument in called.args)
    return len(called.args) in (2, 3) and is_chunked and not starred and _is_number(called.args[2:])


def _is_number(arguments: list[ast.expr]) -> bool:
    return all(isinstance(argument, ast.Constant) for argument in arguments)


def _takes_any(outer: ast.AST | None, called: ast.Call) -> bool:
    if isinstance(outer, ast.For | ast.comprehension):
        return outer.iter is called
    return isinstance(outer, ast.Call) and isinstance(outer.func, ast.Name) and outer.func.id in _TAKES_ANY


def _replacing(node: ast.AST, new: str, *, module: Module) -> ReplaceCode:
    place = module.at(node)
    imports = (_IMPORT,) if new else ()
    return ReplaceCode(
        file=place.file, line=place.line, column=place.column, old=ast.unparse(node), new=new, imports=imports
    )


def _import_in_vain(call: Call) -> Iterator[CodeEdit]:
    """Takes the import of the pool away if it was for this call alone."""
    root = call.node.func
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Name):
        yield from late_imports.removal(call.module, root.id, uses=1)
