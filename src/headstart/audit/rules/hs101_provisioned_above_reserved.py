"""Provisioned concurrency above reserved concurrency.

The provisioned concurrency of a function's aliases and versions, taken together, is more than the function's reserved
concurrency.

*Why it costs.* Lambda refuses the part above: the deployment fails, or scaling stalls at the limit. When both are
equal, invocations of $LATEST are throttled.

*Use instead.* Reserve at least what is provisioned, with room for what spills over; or provision less.

*Evidence.* CDK 2.275 synthesizes provisioned 50 over reserved 5 without a word; cfn-lint, cloudformation-validate and
checkov do not report it (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import provisioned
from headstart.audit.declared import own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS101",
    name="provisioned-above-reserved",
    severity=Severity.ERROR,
    sees=frozenset({Sees.TEMPLATE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function whose provisioned concurrency is more than its reserved."""
    for infrastructure, function in own_functions(subject):
        asked = provisioned(infrastructure, function)
        if function.reserved is not None and asked > function.reserved:
            yield RULE.finding(
                f"{function.id} provisions {asked} and reserves {function.reserved}: Lambda refuses the rest",
                f"reserve {asked} or more, or provision {function.reserved} or less",
                place=function.resource.place_of("ReservedConcurrentExecutions"),
                subject=function.id,
            )
