"""The actions of headstart_kit's ``actions()`` handler, each called with what its annotations ask for."""

import ast
from collections.abc import Iterator
from typing import Final

from headstart.infra.event_proposals.annotations import Reading
from headstart.infra.event_proposals.candidate import Candidate
from headstart.infra.event_proposals.plausible import plausible
from headstart.infra.event_proposals.program import Function, Module, Program
from headstart.infra.event_proposals.reached import Reach
from headstart.infra.event_proposals.routers import text

_PACKAGE: Final = "headstart_kit"


def candidates(program: Program) -> Iterator[Candidate]:
    """An event for each action."""
    reading = Reading(program)
    for module, node in program.nodes():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if name := _action(decorator, node, module=module, program=program):
                    event = {"action": name, **_arguments(node, module=module, reading=reading)}
                    yield Candidate(reach=Reach(kind="action", word=name), place=module.place(node), event=event)


def _action(decorator: ast.expr, function: Function, *, module: Module, program: Program) -> str:
    """The name that ``@handler.action`` or ``@handler.action("name")`` gives a function; empty for other decorators."""
    name = function.name
    if isinstance(decorator, ast.Call):
        name, decorator = text(decorator.args[0]) if decorator.args else "", decorator.func
    if not isinstance(decorator, ast.Attribute) or decorator.attr != "action":
        return ""
    handler = program.find(module, decorator.value)
    if handler is None or not isinstance(handler.node, ast.Call):
        return ""
    package, _, made_by = program.full_name(handler.module, handler.node.func).partition(".")
    return name if (package, made_by) == (_PACKAGE, "actions") else ""


def _arguments(function: Function, *, module: Module, reading: Reading) -> dict[str, object]:
    """A value for each parameter that needs one."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    needed = positional[: len(positional) - len(given.defaults)]
    needed += [each for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return {each.arg: plausible(reading.schema(each.annotation, module), name=each.arg) for each in needed}
