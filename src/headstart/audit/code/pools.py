"""Connections borrowed from a pool, and whether they go back whatever happens."""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Call, Function, Module, Program

_CLOSING = {"__exit__", "__aexit__", "__del__", "close"}


def borrowed(program: Program) -> Iterator[Call]:
    """Every ``getconn`` of a pool of psycopg2 or psycopg_pool."""
    return iter(program.calls_of_method("getconn"))


def is_returned(call: Call, program: Program) -> bool:
    """Whether what ``call`` borrowed is put back in a ``finally``, or by what closes the object that holds it.

    Where the function hands the connection on, the ``finally`` may be anywhere in the program.
    """
    sure = [put for module in program.modules.values() if module.mentions("putconn") for put in _sure_puts(module)]
    function = call.in_function
    return function in sure or (function is not None and bool(sure) and _hands_on(call, function))


def _sure_puts(module: Module) -> Iterator[Function | None]:
    """The functions in which ``putconn`` is called, or handed to a callback, whatever happens."""
    for node in module.nodes.of(ast.Attribute):
        function = module.function_around(node)
        if node.attr == "putconn" and (_is_closing(function) or _is_sure(node, module)):
            yield function


def _is_closing(function: Function | None) -> bool:
    return function is not None and function.name.rpartition(".")[2] in _CLOSING


def _is_sure(node: ast.AST, module: Module) -> bool:
    inner = node
    for outer in module.nodes.around(node):
        if isinstance(outer, ast.Try) and inner in outer.finalbody:
            return True
        if isinstance(outer, ast.Call) and getattr(outer.func, "attr", "") == "callback":
            return True
        inner = outer
    return False


def _hands_on(call: Call, function: Function) -> bool:
    """Whether the connection leaves the function: returned, yielded, or kept in an attribute."""
    taken = [node for node in ast.walk(function.node) if isinstance(node, ast.Assign) and node.value is call.node]
    targets = [target for node in taken for target in node.targets]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    handed = [*function.scope.returns, *function.scope.yields]
    is_given = any(node is call.node or (isinstance(node, ast.Name) and node.id in names) for node in handed)
    return is_given or any(isinstance(target, ast.Attribute) for target in targets)
