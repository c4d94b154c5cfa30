"""The default action is one that the function does not know.

An event without an action is given a default, and the branches that follow do not have it.

*Why it costs.* Every event that relies on the default is refused, with the name of an action that nobody asked for.

*Use instead.* No default: the answer tells which actions there are. The kit's ``actions`` does so.

*Evidence.* Three of the course's handlers have such a default: ``default``, ``process_data`` and ``cpu_test`` (D48,
D59, D77).

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Call, Function, Module
from headstart.audit.code.syntax import constant, is_name, method
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS435",
    name="default-action-unknown",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_REFUSALS = ("nknown", "nvalid", "not supported", "nsupported", "raise ")
_BRANCHES_MIN = 2


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each default that only the refusal at the end of the branches is left for."""
    for module in subject.lambda_modules(*_REFUSALS):
        for function in module.functions.values():
            for call in function.calls:
                default = call.argument("default", 1) if method(call.node) == "get" else None
                name = _name(call, module) if isinstance(constant(default), str) else ""
                if default is not None and name and _is_refused(name, constant(default), function=function):
                    yield RULE.finding(
                        f"{constant(default)!r} is the default of {name}, and no branch knows it",
                        "leave the default out, and answer with the actions that there are",
                        place=module.at(default),
                        subject=function.full_name,
                    )


def _name(call: Call, module: Module) -> str:
    """The name that the call gives its one value to."""
    statement = next(module.nodes.around(call.node), None)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    is_only = isinstance(target, ast.Name) and module.bindings.values(target) == [call.node]
    return target.id if isinstance(target, ast.Name) and is_only else ""


def _is_refused(name: str, default: object, *, function: Function) -> bool:
    known: set[object] = set()
    last: ast.If | None = None
    for branch in ast.walk(function.node):
        values = _compared(branch.test, name) if isinstance(branch, ast.If) else None
        if isinstance(branch, ast.If) and values is not None:
            known |= values
            last = branch
    if last is None or len(known) < _BRANCHES_MIN or default in known:
        return False
    refusal = "\n".join(map(ast.unparse, last.orelse))
    return any(word in refusal for word in _REFUSALS)


def _compared(test: ast.expr, name: str) -> set[object] | None:
    """The constants that a test holds the name against; None if it is another test."""
    if not isinstance(test, ast.Compare) or not is_name(test.left, name):
        return None
    against = test.comparators[0]
    if isinstance(test.ops[0], ast.Eq):
        return {constant(against)}
    if isinstance(test.ops[0], ast.In) and isinstance(against, ast.Tuple | ast.List | ast.Set):
        return {constant(item) for item in against.elts}
    return None
