"""Which code every invocation runs for certain: neither under a condition nor in a function that may not be called."""

import ast
from collections.abc import Iterator
from typing import Final

from headstart.audit.code.program import Function, Module

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# What may run not at all, or not now.
_PERHAPS: Final = (
    *(ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Match, ast.ExceptHandler, ast.BoolOp),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def sure_functions(handler: Function) -> frozenset[Function]:
    """The handler and the program's functions that it calls each time, by others or by itself."""
    found, waiting = {handler}, [handler]
    while waiting:
        function = waiting.pop()
        for call in function.calls:
            target = call.target
            if target is not None and target not in found and not _is_perhaps(call.node, call.module):
                found.add(target)
                waiting.append(target)
    return frozenset(found)


def is_sure(node: ast.AST, module: Module, *, sure: frozenset[Function]) -> bool:
    """Whether ``node`` is needed when the module is loaded, or run by each invocation."""
    function = _runs_in(node, module)
    if function is None:
        return True
    return module.function_of.get(function) in sure and not _is_perhaps(node, module)


def _is_perhaps(node: ast.AST, module: Module) -> bool:
    inner = node
    for outer in _up_to_function(node, module):
        if isinstance(outer, _PERHAPS) and not _is_first(inner, outer):
            return True
        inner = outer
    return False


def _up_to_function(node: ast.AST, module: Module) -> Iterator[ast.AST]:
    for outer in module.nodes.around(node):
        if isinstance(outer, _FUNCTIONS):
            return
        yield outer


def _is_first(inner: ast.AST, outer: ast.AST) -> bool:
    """The part that is evaluated in any case: a test, what is looped over, the first of operands."""
    if isinstance(outer, ast.BoolOp):
        return inner is outer.values[0]
    return any(inner is getattr(outer, field, None) for field in ("test", "iter", "subject"))


def _runs_in(node: ast.AST, module: Module) -> ast.AST | None:
    """The function whose call runs ``node``; None when loading the module does, as of decorators and annotations."""
    inner = node
    for outer in module.nodes.around(node):
        if isinstance(outer, ast.Lambda) and inner is outer.body:
            return outer
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and inner in outer.body:
            return outer
        inner = outer
    return None
