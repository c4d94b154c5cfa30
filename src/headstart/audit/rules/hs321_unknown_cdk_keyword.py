"""A CDK program gives a construct or a method a keyword that it does not take.

The keyword is in none of the arguments that aws-cdk-lib lists for the class or method. Classes that the audit has no
list of are passed over.

*Why it costs.* TypeError: ``cdk synth`` stops at the line, and nothing after it is ever tried.

*Use instead.* The keyword that the CDK has: an alias takes ``provisioned_concurrent_executions``,
``scale_to_track_metric`` takes ``predefined_metric`` or ``custom_metric``.

*Evidence.* The course's stack gives its alias ``provisioned_concurrency_config`` and its scalable target ``metric``
(D03, D05): each a TypeError of an unexpected keyword.

Source: https://docs.aws.amazon.com/cdk/api/v2/python/ (aws-cdk-lib 2.275.0, 2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.faults import faults
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import FaultKind

RULE = Rule(id="HS321", name="unknown-cdk-keyword", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such keyword."""
    for fault in faults(subject, FaultKind.NO_KEYWORD):
        yield RULE.finding(
            f"{fault.owner} takes no {fault.name} in aws-cdk-lib {fault.version}: TypeError",
            f"did you mean {fault.nearest}?" if fault.nearest else "see the CDK's API reference",
            place=fault.place,
            subject=fault.owner,
        )
