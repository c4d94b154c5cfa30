"""What belongs to a request is kept in a global, or a global grows with every request.

*Why it costs.* An execution environment serves one request after another with the same globals. A value of the event in
a global is seen by the next request, of another customer perhaps, wherever that does not set it. A list or a dict that
only grows takes memory until the environment is killed, some thousand requests later: nobody can repeat that.

*Use instead.* Pass values of the request as arguments. Bound what is kept: ``functools.lru_cache(maxsize=…)``, the
kit's ``cached`` with ``max_mb``, ``collections.deque(maxlen=…)``; clear what is collected for one request at its start.

*Evidence.* AWS's best practices: "Do not use the execution environment to store user data, events, or other information
with security implications".

Source: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (2026-11-23)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Place

RULE = Rule(
    id="HS409",
    name="state-of-the-request-kept",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_GROWS = ("append", "appendleft", "extend", "insert", "add")
_SHRINKS = (".clear(", ".pop(", ".popitem(", ".popleft(", ".remove(", ".discard(")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each global that is set from the event, and for each statement that makes one grow."""
    seen: set[Place] = set()
    for audited in subject.functions:
        for function in audited.repeated:
            for finding in [*_set(audited, function), *_grown(audited, function)]:
                if finding.place not in seen:
                    seen.add(finding.place)
                    yield finding


def _set(audited: AuditedFunction, function: Function) -> Iterator[Finding]:
    declared = function.scope.elsewhere
    if not declared or audited.from_event is None:
        return
    for node in _statements(function, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name) and target.id in declared]
        if names and audited.from_event.holds(node.value, function):
            yield RULE.finding(
                f"{names[0]} keeps a value of the event after the invocation: the next request sees it",
                "pass it as an argument",
                place=function.module.at(node),
                subject=function.full_name,
            )


def _grown(audited: AuditedFunction, function: Function) -> Iterator[Finding]:
    if audited.program is None:
        return
    for name, place in [*_collected(function), *_stored(audited, function)]:
        if _is_module_collection(name, function) and not _shrinks(name, audited.program):
            yield RULE.finding(
                f"{name} grows with every request and nothing takes anything out: memory of the environment fills up",
                "bound it (lru_cache(maxsize=…), deque(maxlen=…)), or clear it at the start of the request",
                place=place,
                subject=function.full_name,
            )


def _collected(function: Function) -> Iterator[tuple[str, Place]]:
    """Names that a call adds to."""
    for call in function.calls:
        match call.node.func:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if method in _GROWS and not call.is_lazy_global:
                yield name, call.place


def _stored(audited: AuditedFunction, function: Function) -> Iterator[tuple[str, Place]]:
    """Names of which an item is set whose key comes from the event."""
    followed = audited.from_event
    for node in _statements(function, ast.Assign):
        for target in node.targets:
            match target:
                case ast.Subscript(value=ast.Name(id=name), slice=key) if followed and followed.holds(key, function):
                    yield name, function.module.at(node)


def _statements(function: Function, kind: type[ast.Assign]) -> Iterator[ast.Assign]:
    nodes = function.module.nodes
    return (node for node in nodes.of(kind) if nodes.function_around(node) is function.node)


def _is_module_collection(name: str, function: Function) -> bool:
    """Whether a name is a global of the function's module that is a list, a dict or a set made at import."""
    scope = function.scope
    while scope.around is not None:
        if name in scope.names:
            return False
        scope = scope.around
    bindings = scope.names.get(name, [])
    nodes = [binding.node for binding in bindings]
    return len(nodes) == 1 and (
        isinstance(nodes[0], ast.List | ast.Dict | ast.Set)
        or (isinstance(nodes[0], ast.Call) and ast.unparse(nodes[0].func) in ("list", "dict", "set", "defaultdict"))
    )


def _shrinks(name: str, program: Program) -> bool:
    """Whether any code takes something out, or looks how long it is."""
    signs = [*(f"{name}{sign}" for sign in _SHRINKS), f"del {name}", f"len({name})", f"{name}[:]"]
    return any(module.mentions(*signs) for module in program.modules.values())
