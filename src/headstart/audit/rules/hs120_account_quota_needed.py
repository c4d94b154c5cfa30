"""How much concurrency an account needs for what a template sets aside.

The template reserves or provisions concurrency, and the account's quota is not given. It is information, once for a
template.

*Why it costs.* Lambda keeps 100 of an account's concurrency unreserved. Where the quota is smaller than the sum and
those 100 the deployment fails; new accounts begin far below the 1,000 that most documents assume.

*Use instead.* Look at the quota ("Concurrent executions" in Service Quotas) and give it with
``--account-concurrency 1000``. Then HS111 says whether it suffices.

*Evidence.* Reports of small accounts: aws-samples/alarm-context-tool#2, awslabs/amazon-neptune-tools#324.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import claimed, largest_reservation
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.limits import UNRESERVED_CONCURRENCY_MIN

RULE = Rule(id="HS120", name="account-quota-needed", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each template that sets concurrency aside, at its largest reservation."""
    if subject.account_concurrency is not None:
        return
    for infrastructure in subject.infrastructures:
        if amount := claimed(infrastructure):
            largest = largest_reservation(infrastructure)
            yield RULE.finding(
                f"the template sets {amount} of the account's concurrency aside: it needs a quota of "
                f"{amount + UNRESERVED_CONCURRENCY_MIN} or more, other stacks apart",
                "give the account's quota to have it checked: --account-concurrency 1000",
                place=largest.resource.place_of("ReservedConcurrentExecutions"),
                subject=largest.id,
            )
