"""An error is answered with status 200.

A branch makes a dict with an ``error``, and the function goes on to answer it with ``statusCode`` 200.

*Why it costs.* The caller's client, its retries and its metrics see a success; only who reads the body knows better.

*Use instead.* Answer where the error is found, with 400 for the caller's; the kit's ``actions`` does so of an
unknown action.

*Evidence.* The course's function answers an unknown action with 200, ``success: true`` and an error within (D47).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function, Module
from headstart.audit.code.syntax import constant, has_key
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS430",
    name="error-answered-as-success",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_ERRORS = ("error", "errorMessage")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each name that holds an error in one branch and is answered with 200 after it."""
    for module in subject.lambda_modules("statusCode"):
        for function in module.functions.values():
            for name, values in module.bindings.bound(function.node).items():
                errors = [value for value in values if value is not None and has_key(value, *_ERRORS)]
                if errors and len(values) > len(errors) and _is_success(name, function, module=module):
                    yield RULE.finding(
                        f"{name} may be an error here, and is answered with statusCode 200",
                        "answer the error where it is found, with a status of its own",
                        place=module.at(errors[0]),
                        subject=function.full_name,
                    )


def _is_success(name: str, function: Function, *, module: Module) -> bool:
    """Whether the name is answered with 200, and nothing looks into it first."""
    reads = module.bindings.reads(function.node, name)
    outers = [next(module.nodes.around(read), None) for read in reads]
    if any(isinstance(outer, ast.Subscript | ast.Attribute | ast.Compare | ast.If) for outer in outers):
        return False
    answers = [node for node in ast.walk(function.node) if isinstance(node, ast.Dict) and _status(node) == 200]
    carriers = {name} | {
        carrier
        for carrier, values in module.bindings.bound(function.node).items()
        if any(value is not None and _names(value) & {name} for value in values)
    }
    return any(_names(answer) & carriers for answer in answers)


def _status(answer: ast.Dict) -> object:
    statuses = [value for key, value in zip(answer.keys, answer.values, strict=True) if constant(key) == "statusCode"]
    return constant(statuses[0]) if statuses else None


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
