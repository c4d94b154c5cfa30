"""``datetime.utcnow()`` or ``utcfromtimestamp()``: a time without its offset, by a deprecated function.

*Why it costs.* What it gives says nowhere that it is UTC: ``isoformat`` has no offset, so that readers take it for
their own time, and ``timestamp()`` counts it as local. Python 3.12 and later warn at each call, into the log.

*Use instead.* ``datetime.now(timezone.utc)``; ``datetime.fromtimestamp(seconds, timezone.utc)``.

*Evidence.* The course's first function has three (D53); ruff reports them as DTZ003.

Source: https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.program import Call
from headstart.audit.code.syntax import name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Edit, Finding, ReplaceCode, Severity

RULE = Rule(
    id="HS421",
    name="naive-utc-time",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)
_REPLACEMENTS = {"datetime.datetime.utcnow": "now", "datetime.datetime.utcfromtimestamp": "fromtimestamp"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each call; its edit changes what the function answers, by the offset."""
    for program in subject.programs:
        for call in program.calls_of(*_REPLACEMENTS):
            method = _REPLACEMENTS[call.name]
            yield RULE.finding(
                f"{ast.unparse(call.node.func)} is deprecated and gives a time without its offset",
                f"write datetime.{method}({'seconds, ' if call.node.args else ''}timezone.utc)",
                place=call.place,
                subject=name_around(call.node, call.module),
                edits=_edits(call, method),
            )


def _edits(call: Call, method: str) -> tuple[Edit, ...]:
    node = call.node
    if not isinstance(node.func, ast.Attribute) or call.module.imports.get("timezone", _TIMEZONE) != _TIMEZONE:
        return ()
    arguments = ", ".join([*map(ast.unparse, node.args), "timezone.utc"])
    return (
        ReplaceCode(
            file=call.place.file,
            line=call.place.line,
            column=call.place.column,
            old=ast.unparse(node),
            new=f"{ast.unparse(node.func.value)}.{method}({arguments})",
            imports=("from datetime import timezone",),
        ),
    )


_TIMEZONE = "datetime.timezone"
