"""A record that fails is logged and dropped.

In a loop over the event's records an ``except Exception`` only logs, and the function tells nobody which failed.

*Why it costs.* To the queue or stream a batch that returns is done: its messages are deleted, the failed ones with
them, and no dead-letter queue gets them. A caller reads a number of processed records that contains them.

*Use instead.* Return ``batchItemFailures`` for a queue or stream, raise for the rest, or write what failed where it can
be tried again; the kit's ``process_stream`` has ``dead_letters``.

*Evidence.* Of three bad records the course's processor drops three, and counts them as processed (D64).

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.event import FromEvent
from headstart.audit.code.program import Function
from headstart.audit.code.syntax import catches_any, method
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS436",
    name="record-dropped",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such ``except``, where no code answers with the failures of a batch."""
    for lambda_function in subject.functions:
        event, program = lambda_function.from_event, lambda_function.program
        if event is None or program is None:
            continue
        if any("batchItemFailures" in module.source for module in program.modules.values()):
            continue
        for function in event.functions():
            for caught in _dropping(function, event):
                yield RULE.finding(
                    "a record that fails is logged and counts as done",
                    "return batchItemFailures, raise, or keep what failed where it can be tried again",
                    place=function.module.at(caught),
                    subject=function.full_name,
                )


def _dropping(function: Function, event: FromEvent) -> Iterator[ast.ExceptHandler]:
    for loop in ast.walk(function.node):
        if isinstance(loop, ast.For | ast.AsyncFor) and event.holds(loop.iter, function):
            for statement in loop.body:
                if isinstance(statement, ast.Try):
                    yield from (caught for caught in statement.handlers if catches_any(caught) and _only_logs(caught))


def _only_logs(caught: ast.ExceptHandler) -> bool:
    return all(map(_is_nothing_or_log, caught.body))


def _is_nothing_or_log(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and (method(call) in _LOGS or ast.unparse(call.func) == "print")
