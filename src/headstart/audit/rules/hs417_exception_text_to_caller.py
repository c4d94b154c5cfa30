"""The text of any exception goes to the caller.

An ``except Exception`` answers with ``str(error)``, its ``repr`` or the traceback.

*Why it costs.* The text was written for the developer: it holds rows of tables, names of variables, hosts and modules.
And as the failure is returned and not raised, Lambda counts a success: no Errors metric, no retry, no dead letter.

*Use instead.* Log the exception, and answer with the request id; or let it be raised. The kit's ``actions`` does so,
and ``UserError`` is for what a caller shall read.

*Evidence.* The course's function answers ``Failing row contains (21, null, 1, pending)``, ``'DB_HOST'`` and names of
modules (D46).

Source: https://cwe.mitre.org/data/definitions/209.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.syntax import catches_any, constant, has_key, is_name, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS417",
    name="exception-text-to-caller",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_TRACEBACKS = frozenset({"traceback.format_exc", "format_exc"})
_TEXTS = frozenset({"args", "message"})
_STATUSES = frozenset({"statusCode", "status_code", "status"})
_ANSWERS = ("statusCode", "status_code", "status=", "(4", "(5")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each broad ``except`` that answers with the exception's text."""
    handlers = [function.handler for function in subject.functions if function.handler]
    answering = [handler.module for handler in handlers]
    for module in dict.fromkeys([*answering, *subject.lambda_modules(*_ANSWERS)]):
        for caught in module.nodes.of(ast.ExceptHandler):
            is_answer = module.function_around(caught) in handlers
            if catches_any(caught) and (leak := _leak(caught, is_answer=is_answer)):
                yield RULE.finding(
                    "the caller is sent the text of whatever exception occurred",
                    "log it and answer with the request id, or raise it",
                    place=module.at(leak),
                    subject=name_around(caught, module),
                )


def _leak(caught: ast.ExceptHandler, *, is_answer: bool) -> ast.expr | None:
    """The expression with the exception's text in what is returned; ``is_answer``: that goes to the caller as it is."""
    carried: dict[str, ast.expr] = {}
    for statement in caught.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and (text := _text_in(node.value, caught.name, carried=carried)):
                carried |= {target.id: text for target in node.targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.Return) and node.value and (is_answer or _is_response(node.value)):
                text = _text_in(node.value, caught.name, carried=carried)
                if text is not None:
                    return text
    return None


def _text_in(value: ast.expr, error: str | None, *, carried: dict[str, ast.expr]) -> ast.expr | None:
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id in carried:
            return carried[node.id]
        if isinstance(node, ast.Call) and (ast.unparse(node.func) in _TRACEBACKS or _is_shown(node, error)):
            return node
        if isinstance(node, ast.FormattedValue) and is_name(node.value, error):
            return node.value
        if isinstance(node, ast.Attribute) and node.attr in _TEXTS and is_name(node.value, error):
            return node
    return None


def _is_shown(node: ast.Call, error: str | None) -> bool:
    shows = isinstance(node.func, ast.Name) and node.func.id in {"str", "repr"}
    return shows and len(node.args) == 1 and is_name(node.args[0], error)


def _is_response(value: ast.expr) -> bool:
    """Whether it is an answer over HTTP: a dict with a status, or a call that is given one."""
    if isinstance(value, ast.Call):
        given = value.args[:1] + [keyword.value for keyword in value.keywords if keyword.arg in _STATUSES]
        return any(constant(status) in range(400, 600) for status in given)
    return has_key(value, "statusCode")
