"""Scaling of provisioned concurrency beyond reserved concurrency.

The largest capacity that a function's scalable targets can come to, with what else is provisioned of the function, is
more than its reserved concurrency.

*Why it costs.* Application Auto Scaling asks for more at the busiest moment and Lambda refuses: "You can't allocate
more provisioned concurrency than reserved concurrency for a function". Scaling stalls at the limit, and requests
beyond it are throttled rather than cold.

*Use instead.* A maximum at or below the reserved concurrency, or a larger reservation. Leave room between the two for
spillover and for other versions.

*Evidence.* A maximum of 50 over a reservation of 20 synthesizes in CDK 2.275 and passes cfn-lint, checkov and
cloudformation-validate (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import largest_capacity, most_provisioned, targets_of
from headstart.audit.declared import own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS102",
    name="scaling-above-reserved",
    severity=Severity.ERROR,
    sees=frozenset({Sees.TEMPLATE}),
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, at its scalable target that goes highest."""
    for infrastructure, function in own_functions(subject):
        targets = targets_of(infrastructure, function)
        most = most_provisioned(infrastructure, function)
        if function.reserved is not None and targets and most > function.reserved:
            highest = max(targets, key=largest_capacity)
            yield RULE.finding(
                f"{function.id} may scale to {most} provisioned but reserves {function.reserved}: "
                f"scaling stalls at {function.reserved}",
                f"reserve {most} or more, or scale to {function.reserved} at most",
                place=highest.resource.place_of("MaxCapacity"),
                subject=highest.resource.id,
            )
