"""Finds the function that Lambda's handler setting names, wherever the program defines it."""

import ast

from headstart.audit.code.names import Names
from headstart.audit.code.program import Function, Program
from headstart.audit.code.scopes import Kind, Scope


def handler_of(program: Program, handler: str) -> Function | None:
    """The program's own function behind ``app.handler`` or ``folder/app.handler``, imports, decorators and wrappers
    (``handler = wrap(_handler)``) followed; None where something foreign answers, such as ``Mangum(app)``.
    """
    module, _, name = handler.replace("/", ".").rpartition(".")
    if module not in program.modules:
        return None
    names = program.names
    value = names.attribute(module, name)
    found = program.functions.get(value) or program.functions.get(names.maker(value))
    return found or program.functions.get(_wrapped(program.modules[module].scope, name, names=names))


def _wrapped(scope: Scope, name: str, *, names: Names) -> str:
    """The function that a call assigned to ``name`` wraps: its first argument, calls around calls followed."""
    bindings = scope.names.get(name, ())
    node = bindings[-1].node if bindings and bindings[-1].kind is Kind.VALUE else None
    while isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return names.value(node, scope) if node is not None else ""
