"""Rows are inserted without a key that tells a repeated event.

*Why it costs.* Lambda invokes at least once: an event that is delivered again, or tried again after a timeout, is a
second order.

*Use instead.* A key of the caller's or the event's with a unique constraint, and ``ON CONFLICT DO NOTHING``; or
Powertools' ``idempotent``.

*Evidence.* The course's order handler inserts whatever comes (D55); in examples/orders the same order again is the same
order.

Source: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (2026-11-23)
"""

import ast
import re
from collections.abc import Iterator

from headstart.audit.code.syntax import constant, method, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS416",
    name="insert-without-idempotency",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
)
_INSERT = re.compile(r"\s*insert\s+into\b", re.IGNORECASE)
_CARE = re.compile(r"on\s+conflict|on\s+duplicate|not\s+exists|idempot", re.IGNORECASE)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each plain INSERT in a program that says nothing of idempotency."""
    for program in subject.lambda_programs:
        modules = [module for module in program.modules.values() if "execute" in module.source]
        if any(_CARE.search(module.source) for module in program.modules.values()):
            continue
        for module in modules:
            for call in module.nodes.of(ast.Call):
                statement = constant(call.args[0]) if method(call) == "execute" and call.args else None
                if isinstance(statement, str) and _INSERT.match(statement):
                    yield RULE.finding(
                        "an event that is delivered twice inserts twice",
                        "insert by a key of the event, ON CONFLICT DO NOTHING",
                        place=module.at(call),
                        subject=name_around(call, module),
                    )
