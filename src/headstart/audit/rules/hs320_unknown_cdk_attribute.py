"""A CDK program asks for a name that the AWS CDK does not have.

An attribute of a module (``aws_lambda.ProvisionedConcurrencyConfig``) or of a construct
(``function.metric_concurrent_executions``) that aws-cdk-lib does not define. Classes that the audit has no list of are
passed over.

*Why it costs.* AttributeError: ``cdk synth`` stops at the line, and nothing after it is ever tried.

*Use instead.* What the CDK calls it. Any metric: ``function.metric("ConcurrentExecutions", statistic="Maximum")``; a
predefined metric is the member of the enumeration itself; a number that was given to a construct is kept in a variable.

*Evidence.* The course's two stacks have four such names (D02, D04, D23, D24), and define no class before they are gone.

Source: https://docs.aws.amazon.com/cdk/api/v2/python/ (aws-cdk-lib 2.275.0, 2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.faults import faults
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import FaultKind

RULE = Rule(id="HS320", name="unknown-cdk-attribute", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each place that asks for such a name."""
    for fault in faults(subject, FaultKind.NO_ATTRIBUTE):
        yield RULE.finding(
            f"{fault.owner} has no {fault.name} in aws-cdk-lib {fault.version}: AttributeError",
            f"did you mean {fault.nearest}?" if fault.nearest else "keep in a variable what it was given",
            place=fault.place,
            subject=fault.owner,
        )
