"""Results are listed in the order in which they were done.

A loop over ``as_completed`` appends to a list, and nothing tells which item a result belongs to.

*Why it costs.* The same event answers differently from invocation to invocation; whoever pairs results with items pairs
them wrongly, most of all under load.

*Use instead.* ``executor.map``, which keeps the order; or a dict of futures to indexes. The kit's ``parallel_map`` and
``gather`` keep the order.

*Evidence.* Four items come back from the course's threads as [1, 2, 3, 0] (D72).

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.as_completed (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Module
from headstart.audit.code.syntax import calls_in, is_name, method, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS439",
    name="results-in-order-of-completion",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each loop that appends results as they come, of futures that have no index."""
    for module in subject.lambda_modules("as_completed"):
        for loop in module.nodes.of(ast.For):
            if _is_as_completed(loop, module) and (appended := _appended(loop)):
                yield RULE.finding(
                    "the results are in the order in which they were done, not in that of the items",
                    "use executor.map, or note the index of each future",
                    place=module.at(appended),
                    subject=name_around(loop, module),
                )


def _is_as_completed(loop: ast.For, module: Module) -> bool:
    """Whether it goes over futures as they are done, and they are in a list: a dict would have their items."""
    call = module.call_of.get(loop.iter) if isinstance(loop.iter, ast.Call) else None
    if call is None or call.name != "concurrent.futures.as_completed":
        return False
    futures = call.argument("fs", 0)
    made = module.bindings.value(futures) if isinstance(futures, ast.Name) else futures
    return isinstance(made, ast.ListComp | ast.List)


def _appended(loop: ast.For) -> ast.Call | None:
    """``results.append(future.result())``, or of a name that has it."""
    results = {
        target.id
        for statement in ast.walk(loop)
        if isinstance(statement, ast.Assign) and _is_result(statement.value, loop)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in calls_in(loop.body):
        given = call.args[0] if method(call) == "append" and call.args else None
        if given is not None and (_is_result(given, loop) or (isinstance(given, ast.Name) and given.id in results)):
            return call
    return None


def _is_result(node: ast.expr, loop: ast.For) -> bool:
    if not isinstance(node, ast.Call) or method(node) != "result" or not isinstance(loop.target, ast.Name):
        return False
    return isinstance(node.func, ast.Attribute) and is_name(node.func.value, loop.target.id)
