"""Which functions of a program Lambda would call: the one that a setting names, or those that look like one."""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function, Program

_NAMES = ("lambda_handler", "handler")


def named(program: Program, handler: str) -> Function | None:
    """The function that the setting ``handler`` (``app.lambda_handler``, ``folder/app.handler``) is about."""
    return program.function(handler.replace("/", "."))


def likely(program: Program) -> Iterator[Function]:
    """One for each module that has a ``lambda_handler`` or ``handler`` which takes an event and a context."""
    for module in program.modules.values():
        found = (module.functions.get(name) for name in _NAMES)
        handler = next((function for function in found if function is not None and _takes_two(function)), None)
        if handler is not None:
            yield handler


def _takes_two(function: Function) -> bool:
    arguments = function.node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    return not isinstance(function.node, ast.Lambda) and required <= 2 and (positional >= 2 or bool(arguments.vararg))
