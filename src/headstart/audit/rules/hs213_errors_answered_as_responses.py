"""Failures answered as responses, under an alarm on errors.

The handler catches every exception and returns a response with a status of 500 or more. An alarm watches Errors of the
function, and nothing watches the responses: no alarm on 5xx of an API, function URL or load balancer, none on a metric
of your own.

*Why it costs.* An invocation that returns is a success: Errors stays 0 and the alarm can never go off. Nor is an
asynchronous event retried, or sent to a dead-letter queue.

*Use instead.* Let the exception go (an API answers 502 by itself), or emit a metric where it is caught and watch that;
the kit's ``@handler`` answers what the caller got wrong and counts what is our own fault.

*Evidence.* A handler of this shape with a database that is gone: every call fails, and none is a function error.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

import ast
from collections.abc import Iterator

from headstart.audit.alarms import alarms_on, are_watched
from headstart.audit.code.program import Function
from headstart.audit.code.syntax import catches_any, constant
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Infrastructure

RULE = Rule(
    id="HS213",
    name="errors-answered-as-responses",
    severity=Severity.WARNING,
    sees=frozenset({Sees.TEMPLATE, Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each handler whose failures its alarm on errors cannot see."""
    for function in subject.functions:
        declared, handler, infrastructure = function.declared, function.handler, function.infrastructure
        if declared is None or handler is None or infrastructure is None or _sees_responses(infrastructure):
            continue
        if are_watched(alarms_on(declared, subject, within=infrastructure), "Errors"):
            for caught in _answered(handler):
                yield RULE.finding(
                    f"{handler.name} answers every exception with a response: Errors of {declared.id} stays 0, "
                    "and the alarm on it is blind",
                    "let the exception go, or count it in a metric that an alarm watches",
                    place=handler.module.at(caught),
                    subject=handler.full_name,
                )


def _sees_responses(infrastructure: Infrastructure) -> bool:
    """Whether an alarm looks at responses of 5xx, or at a metric that is not AWS's."""
    queries = [query for alarm in infrastructure.alarms for query in alarm.queries if query.name]
    return any("5xx" in query.name.lower() or not query.namespace.startswith("AWS/") for query in queries)


def _answered(handler: Function) -> Iterator[ast.ExceptHandler]:
    """The catches of everything, around the handler's work, that return a failure and neither raise nor count it."""
    body = handler.node.body if not isinstance(handler.node, ast.Lambda) else []
    for statement in body:
        if isinstance(statement, ast.Try):
            for caught in statement.handlers:
                inside = [node for part in caught.body for node in ast.walk(part)]
                is_silent = not any(isinstance(node, ast.Raise) or _counts(node) for node in inside)
                if catches_any(caught) and is_silent and any(map(_is_failure, inside)):
                    yield caught


def _counts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and "metric" in ast.unparse(node.func).lower()


def _is_failure(node: ast.AST) -> bool:
    """``{"statusCode": 500, …}``, or ``return response(500, …)``."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return any(constant(key) == "statusCode" and _is_status(value) for key, value in pairs)
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
        return any(map(_is_status, [*node.value.args, *(keyword.value for keyword in node.value.keywords)]))
    return False


def _is_status(node: ast.expr) -> bool:
    value = constant(node)
    return isinstance(value, int) and 500 <= value < 600
