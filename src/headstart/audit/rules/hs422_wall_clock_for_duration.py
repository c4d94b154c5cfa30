"""A duration from the wall clock.

A time is taken by ``time.time()`` or ``datetime.now()`` and subtracted from a later one.

*Why it costs.* The wall clock is set: forwards, and backwards. After a freeze or a restored snapshot it is corrected by
as much as it was wrong, so that a duration may be negative or hours long; a limit on time left is then no limit.

*Use instead.* ``time.perf_counter()``, or ``time.monotonic()`` for limits; the kit's ``deadline`` for the time left.

*Evidence.* The course's three functions measure all durations by ``time.time()`` (D53, D84).

Source: https://docs.python.org/3/library/time.html#time.perf_counter (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Edit, Finding, ReplaceCode, Severity

RULE = Rule(
    id="HS422",
    name="wall-clock-for-duration",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
)
_DATES = frozenset({"datetime.datetime.now", "datetime.datetime.utcnow"})
_WALL_CLOCKS = _DATES | {"time.time"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each time that was taken to be subtracted from a later one, where it is."""
    for module in subject.modules("time.time(", "from time import", ".now(", "utcnow("):
        seen = set()
        for difference in module.nodes.of(ast.BinOp):
            if isinstance(difference.op, ast.Sub):
                begun = _begun(difference, module)
                if begun is not None and begun not in seen:
                    seen.add(begun)
                    yield RULE.finding(
                        f"{ast.unparse(difference)} is a duration by the wall clock, which may be set meanwhile",
                        "use time.perf_counter()",
                        place=module.at(difference),
                        subject=name_around(difference, module),
                        edits=(edits := _edits(begun, difference, module=module)),
                        is_safe=bool(edits),
                    )


def _begun(difference: ast.BinOp, module: Module) -> ast.Call | None:
    """The call that took the first of two times, if both are of the same wall clock, in one function."""
    earlier, later = _taken(difference.right, module), _taken(difference.left, module)
    if earlier is None or later is None or isinstance(difference.right, ast.Call):
        return None
    return earlier if module.call_of[earlier].name == module.call_of[later].name else None


def _taken(node: ast.expr, module: Module) -> ast.Call | None:
    value = module.bindings.value(node) if isinstance(node, ast.Name) else node
    call = module.call_of.get(value) if isinstance(value, ast.Call) else None
    return call.node if call is not None and call.name in _WALL_CLOCKS else None


def _edits(begun: ast.Call, difference: ast.BinOp, *, module: Module) -> tuple[Edit, ...]:
    """``perf_counter`` for all of the clock's calls, where every use of the first time is such a subtraction."""
    name = difference.right
    scope = module.nodes.function_around(begun)
    if scope is None or not isinstance(name, ast.Name) or ast.unparse(begun) != "time.time()":
        return ()
    calls = [begun]
    for read in module.bindings.reads(scope, name.id):
        outer = next(module.nodes.around(read), None)
        if not isinstance(outer, ast.BinOp) or not isinstance(outer.op, ast.Sub) or outer.right is not read:
            return ()
        if not isinstance(outer.left, ast.Call) or ast.unparse(outer.left) != "time.time()":
            return ()
        calls.append(outer.left)
    return tuple(_by_perf_counter(call, module) for call in calls)


def _by_perf_counter(call: ast.expr, module: Module) -> ReplaceCode:
    place = module.at(call)
    return ReplaceCode(
        file=place.file, line=place.line, column=place.column, old="time.time()", new="time.perf_counter()"
    )
