"""A second boto3 session like the first, or a resource, made in the init phase.

*Why it costs.* Each session loads boto3's data and the service descriptions again, and resolves the credentials again,
in every cold start. A resource is a client with classes generated on top, for some services at a cost.

*Use instead.* One session for all clients of a region and an account; ``boto3.client`` shares one by itself, and has
every call that a resource has.

*Evidence.* Four sessions for four clients take 318 ms of CPU time and 76 MB, one session for the same clients 210 ms
and 53 MB; ``bench/rules/hs402.py`` measures the cold start with two. A resource of DynamoDB takes 190 ms against the
client's 150, of EC2 243 against 217, of S3 as long as the client (least of 7, 2026-11-25).

Source: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code import client_calls
from headstart.audit.code.makers import SESSIONS
from headstart.audit.code.program import Call, Program
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS402",
    name="session-made-again",
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
                    "boto3.resource generates classes on top of a client in each cold start",
                    "use boto3.client where the cold start matters",
                    place=call.place,
                    subject=call.module.name,
                    edits=client_calls.edits(call, program),
                    is_safe=True,
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
