"""As many calls at once as the event has items.

``asyncio.gather`` runs one coroutine for each item of the event, and nothing bounds how many are under way.

*Why it costs.* The caller decides how many sockets, files and megabytes the function opens: beyond 1,024 descriptors
Lambda refuses, and what is called is overrun. One slow item holds all the others' answers.

*Use instead.* A bound: ``asyncio.Semaphore``, or the kit's ``gather(calls, limit=10)``, with a time for each call.

*Evidence.* The course's processor starts 200 of 200 at once (D82). 50 calls of 20 ms take 22 ms unbounded, and 103 ms
ten at a time.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.event import FromEvent
from headstart.audit.code.program import Call, Function, Module
from headstart.audit.code.syntax import method
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS431",
    name="fan-out-without-bound",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_AT_ONCE = frozenset({"asyncio.gather", "asyncio.wait", "asyncio.as_completed"})
_BOUNDS = ("Semaphore", "CapacityLimiter", "limit=", "_limit", "LIMIT", "Queue(", "throttl", "max_concurren")
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such call in code that has no word of a bound."""
    for lambda_function in subject.functions:
        event = lambda_function.from_event
        if event is None or any(module.mentions(*_BOUNDS) for module in event.modules()):
            continue
        for function in event.functions():
            for call in function.calls:
                if call.name in _AT_ONCE and (items := _items(call, function, event=event)):
                    yield RULE.finding(
                        f"one call for each of {items} at once, as many as the event has",
                        "bound them: asyncio.Semaphore, or headstart_kit.gather(…, limit=10)",
                        place=call.place,
                        subject=function.full_name,
                    )


def _items(call: Call, function: Function, *, event: FromEvent) -> str:
    """The part of the event with one coroutine for each item; empty if there is none, or its length is looked at."""
    for argument in call.node.args[:1]:
        value = argument.value if isinstance(argument, ast.Starred) else argument
        for over in _sources(value, function.module):
            if event.holds(over, function) and not _is_bounded(over, function):
                return ast.unparse(over)
    return ""


def _sources(value: ast.expr, module: Module) -> Iterator[ast.expr]:
    """What is iterated over to make the calls: by a comprehension, or by a loop that appends."""
    if isinstance(value, ast.Name):
        for read in module.bindings.reads(module.nodes.function_around(value), value.id):
            outer = next(module.nodes.around(read), None)
            appended = next(module.nodes.around(outer), None) if isinstance(outer, ast.Attribute) else None
            if isinstance(appended, ast.Call) and method(appended) == "append":
                yield from (loop.iter for loop in module.nodes.around(read) if isinstance(loop, ast.For))
        value = module.bindings.value(value) or value
    if isinstance(value, _COMPREHENSIONS):
        yield from (generator.iter for generator in value.generators)
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "map":
        yield from value.args[1:]


def _is_bounded(over: ast.expr, function: Function) -> bool:
    """Whether it is a slice, or what a loop takes from something longer; or its length is compared with something."""
    if isinstance(over, ast.Name):
        values = function.module.bindings.values(over)
        if any(isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice) for value in values):
            return True
        if None in values and over.id not in _parameters(function):
            return True
    length = f"len({ast.unparse(over)})"
    return any(length in ast.unparse(node) for node in ast.walk(function.node) if isinstance(node, ast.Compare))


def _parameters(function: Function) -> set[str]:
    given = function.node.args
    return {parameter.arg for parameter in given.posonlyargs + given.args + given.kwonlyargs}
