"""A boto3 resource, or a second session, made in the init phase.

*Why it costs.* A resource is a client and classes that are generated for the service on top, in every cold start. Each
session loads the service descriptions and resolves the credentials again that the first one has.

*Use instead.* ``boto3.client``: it has every call of the service. One session for all clients of a region and an
account; ``boto3.client`` shares one by itself.

*Evidence.* ``bench/rules/hs402.py`` measures the cold start of both.

Source: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/resources.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.makers import SESSIONS
from headstart.audit.code.program import Call, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS402",
    name="resource-at-import",
    severity=Severity.INFO,
    sees=frozenset({Sees.CODE}),
    is_about_speed=True,
)
_RESOURCES = ("boto3.resource", *(f"{session}().resource" for session in sorted(SESSIONS)))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each resource made at module level, and for each session after the first alike."""
    for program in subject.lambda_programs:
        for call in program.calls_of(*_RESOURCES):
            if _is_at_import(call):
                yield RULE.finding(
                    "boto3.resource in the init phase: a client does the same with less to load",
                    "use boto3.client",
                    place=call.place,
                    subject=call.module.name,
                )
        for call in _repeated_sessions(program):
            yield RULE.finding(
                "another boto3 session like the first: it loads and resolves everything again",
                "make one session, or use boto3.client, which shares one",
                place=call.place,
                subject=call.module.name,
            )


def _is_at_import(call: Call) -> bool:
    return call.in_function is None and not call.in_main


def _repeated_sessions(program: Program) -> Iterator[Call]:
    seen: set[str] = set()
    for call in program.calls_of(*sorted(SESSIONS)):
        if _is_at_import(call):
            arguments = ", ".join(map(ast.unparse, [*call.node.args, *(each.value for each in call.node.keywords)]))
            if arguments in seen:
                yield call
            seen.add(arguments)
