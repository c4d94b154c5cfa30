"""A CDK program works with a setting that its function was not given.

``function.timeout``, ``dead_letter_queue`` or ``dead_letter_topic`` of a function that was made without it is None, and
the program asks it for something: ``function.timeout.to_seconds()``.

*Why it costs.* AttributeError at ``cdk synth``, the day that somebody adds a function without the setting to a loop
that worked for all others.

*Use instead.* Give every function a timeout of its own (three seconds by default is seldom what is meant, HS301), or
ask first: ``if function.timeout``.

*Evidence.* The course's loop multiplies ``function.timeout.to_seconds()``; it works only because all three of its
functions set a timeout (D25).

Source: https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_lambda/Function.html (aws-cdk-lib 2.275.0, 2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.faults import faults
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import FaultKind

RULE = Rule(id="HS322", name="setting-of-none", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each place and function."""
    for fault in faults(subject, FaultKind.NOT_SET):
        yield RULE.finding(
            f"{fault.owner} was made without {fault.name}, so it is None here: AttributeError",
            f"give {fault.owner} its {fault.name}, or ask first whether it has one",
            place=fault.place,
            subject=fault.owner,
        )
