"""More concurrency set aside than the account has.

The reserved concurrency of a template's functions, and the provisioned concurrency of those without, come to more than
the account's quota less the 100 that must stay unreserved. It needs the quota: ``--account-concurrency``, or
``account_concurrency`` in the configuration.

*Why it costs.* The deployment fails with "decreases account's UnreservedConcurrentExecution below its minimum value".

*Use instead.* Reserve less, or ask for a larger quota first. New accounts begin far below 1,000.

*Evidence.* Reports of small accounts: aws-samples/alarm-context-tool#2, awslabs/amazon-neptune-tools#324.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import claimed, largest_reservation
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.limits import UNRESERVED_CONCURRENCY_MIN

RULE = Rule(id="HS111", name="account-quota-exceeded", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each template that sets aside too much, at its largest reservation."""
    if subject.account_concurrency is None:
        return
    most = max(0, subject.account_concurrency - UNRESERVED_CONCURRENCY_MIN)
    for infrastructure in subject.infrastructures:
        amount = claimed(infrastructure)
        if amount > most:
            largest = largest_reservation(infrastructure)
            yield RULE.finding(
                f"the template sets {amount} aside; of the account's {subject.account_concurrency} "
                f"{most} can be, as {UNRESERVED_CONCURRENCY_MIN} stay unreserved",
                f"reserve {amount - most} less, or raise the quota to {amount + UNRESERVED_CONCURRENCY_MIN}",
                place=largest.resource.place_of("ReservedConcurrentExecutions"),
                subject=largest.id,
            )
