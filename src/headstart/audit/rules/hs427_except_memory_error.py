"""``except MemoryError`` in a Lambda function.

*Why it costs.* It is never reached: at the function's memory size the environment is killed, with all that runs in it,
before Python could raise. The caller gets ``Runtime.OutOfMemory``, not the answer that was written for it.

*Use instead.* Refuse what would not fit before it is loaded; read in parts. The kit's ``MemoryProfile.room_mb`` says
how much there is.

*Evidence.* The course's 507 is never sent: in a memory cgroup of 128 MB a test of 300 MB is killed, without an answer
(D67). So is what reads 44 MB of JSON lines into a list, under 128 MB and under 256 MB.

Source: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html (2026-11-25)
"""

import ast
from collections.abc import Iterator

from headstart.audit.code.syntax import is_name, name_around
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS427",
    name="except-memory-error",
    severity=Severity.WARNING,
    sees=frozenset({Sees.CODE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such ``except`` of MemoryError alone."""
    for module in subject.lambda_modules("MemoryError"):
        for caught in module.nodes.of(ast.ExceptHandler):
            # In a tuple it is for what parsers raise, ast.literal_eval for one.
            if is_name(caught.type, "MemoryError"):
                yield RULE.finding(
                    "Lambda kills the environment before Python raises MemoryError: this is never reached",
                    "refuse what does not fit before loading it, or read it in parts",
                    place=module.at(caught),
                    subject=name_around(caught, module),
                )
