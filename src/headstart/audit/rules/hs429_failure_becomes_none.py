"""A future's exception becomes None among the results.

``future.result()`` stands in a ``try`` whose ``except Exception`` puts None where the result would be.

*Why it costs.* Whoever reads the results cannot tell a failure from an item that has none; in a loop without threads
the same input raises. The failure comes up later, somewhere else, or never.

*Use instead.* Let it be raised; or keep the exception in the item's place. The kit's ``parallel_map`` and ``gather`` do
the one by ``on_error="raise"``, the other by ``on_error="keep"``, whatever runs.

*Evidence.* The same input gives a list with None by the course's threads and an exception by its loop (D73).

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Future.result (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import calls_in, catches_any, method, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS429",
    name="failure-becomes-none",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each ``except`` by which a future's failure becomes None."""
    for module in subject.modules(".result("):
        if module.mentions("futures", "asyncio"):
            for tried in module.nodes.of(ast.Try):
                for none in _swallowed(tried, module):
                    yield RULE.finding(
                        "a failure becomes None among the results, where nobody can tell it from a result",
                        "let it be raised, or keep the exception in the item's place",
                        place=module.at(none),
                        subject=name_around(tried, module),
                    )


def _swallowed(tried: ast.Try, module: Module) -> Iterator[ast.AST]:
    """Where None is kept for the failure of a future, of whose results a loop makes a list."""
    is_in_loop = any(isinstance(outer, _LOOPS) for outer in module.nodes.around(tried))
    if is_in_loop and any(method(call) == "result" for call in calls_in(tried.body)):
        kept = (_none_kept(caught) for caught in tried.handlers if catches_any(caught))
        yield from (none for none in kept if none is not None)


def _none_kept(caught: ast.ExceptHandler) -> ast.AST | None:
    """``results.append(None)`` or ``results[i] = None``."""
    for statement in caught.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and method(node) == "append" and _is_none(node.args[:1]):
                return node
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript) and _is_none([node.value]):
                return node
    return None


def _is_none(values: list[ast.expr]) -> bool:
    return any(isinstance(value, ast.Constant) and value.value is None for value in values)
