"""The answer is one for API Gateway, but a request of API Gateway is not read.

The handler answers with ``statusCode`` and ``body``, and looks for its input in the event itself, where a request over
HTTP has none: it is JSON in ``body``.

*Why it costs.* Behind API Gateway or a function URL each request is one without input; invoked directly, each caller
takes JSON out of JSON.

*Use instead.* Read ``body`` as well; the kit's ``actions`` takes both and answers each in its form.

*Evidence.* A proxy event to the course's function is "Unknown action: default" (D48).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Function
from headstart.audit.code.syntax import constant, has_key, method
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS442",
    name="proxy-answer-to-direct-event",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
)
_OF_REQUESTS = frozenset({"body", "headers", "queryStringParameters", "pathParameters", "requestContext", "httpMethod"})
_OF_REQUESTS |= {"rawPath", "path", "resource", "routeKey", "Records", "detail", "cookies", "stageVariables"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each handler, at the first key that it reads."""
    for lambda_function in subject.functions:
        handler = lambda_function.handler
        if handler is None or not _answers_as_proxy(handler):
            continue
        reads = _reads(handler)
        if reads and not _knows_requests(lambda_function):
            yield RULE.finding(
                "the answer is for API Gateway, whose requests have their input in body, which is not read",
                "read the body too, or answer without statusCode; headstart_kit.actions does both",
                place=handler.module.at(reads[0]),
                subject=handler.full_name,
            )


def _answers_as_proxy(handler: Function) -> bool:
    returned = [node.value for node in ast.walk(handler.node) if isinstance(node, ast.Return) and node.value]
    return any(has_key(value, "statusCode") and has_key(value, "body") for value in returned)


def _reads(handler: Function) -> list[ast.expr]:
    """Where keys are read from the event by the handler itself."""
    parameters = handler.node.args.args
    event = parameters[0].arg if parameters else ""
    return [node for node in ast.walk(handler.node) if isinstance(node, ast.expr) and _key(node, event)]


def _key(node: ast.expr, event: str) -> str:
    if isinstance(node, ast.Call) and method(node) == "get" and node.args:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        key = constant(node.args[0])
    elif isinstance(node, ast.Subscript):
        owner, key = node.value, constant(node.slice)
    else:
        return ""
    return key if isinstance(owner, ast.Name) and owner.id == event and isinstance(key, str) else ""


def _keys(call: ast.Call) -> set[object]:
    return {constant(argument) for argument in call.args[:1]}


def _knows_requests(lambda_function: AuditedFunction) -> bool:
    """Whether its code spells a key that only requests over HTTP, or events of AWS's services, have."""
    for function in lambda_function.invoked:
        for node in ast.walk(function.node):
            if isinstance(node, ast.Subscript) and constant(node.slice) in _OF_REQUESTS:
                return True
            if isinstance(node, ast.Call) and method(node) == "get" and _keys(node) & _OF_REQUESTS:
                return True
    return False
