"""Reserved concurrency of zero.

A function has a reserved concurrency of 0: the switch that stops it.

*Why it costs.* Every invocation is throttled, and asynchronous events go to the dead-letter queue or on-failure
destination at once, without retries.

*Use instead.* Remove the property when the emergency is over. To limit a function, reserve 1 or more; to stop an event
source, disable its mapping (Enabled: false) and the events stay in the queue.

*Evidence.* The behaviour is documented; a 0 deploys without a word.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.declared import own_functions
from headstart.audit.edits import removing
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS112", name="reserved-zero", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function that is stopped."""
    for _, function in own_functions(subject):
        if function.reserved == 0:
            yield RULE.finding(
                f"{function.id} reserves 0: every invocation of it is throttled",
                "remove ReservedConcurrentExecutions, or reserve 1 or more",
                place=function.resource.place_of("ReservedConcurrentExecutions"),
                subject=function.id,
                edits=removing(function.resource, ("ReservedConcurrentExecutions",)),
            )
