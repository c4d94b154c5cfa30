"""Provisioned concurrency together with SnapStart.

A function has SnapStart on published versions, and a version or alias of it has provisioned concurrency.

*Why it costs.* A version can have one of them: the deployment fails.

*Use instead.* Provisioned concurrency where the first request must not wait for a restore and load is steady enough to
pay for it, SnapStart where 100s of ms for a restore are fine. The prices decide too: a provisioned GB costs 10.80 USD a
month in us-east-1, the snapshot of one 3.90 USD.

*Evidence.* No linter tried reports the pair (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import provisioned, targets_of
from headstart.audit.declared import own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS106", name="provisioned-with-snapstart", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function that has both."""
    for infrastructure, function in own_functions(subject):
        is_provisioned = provisioned(infrastructure, function) or targets_of(infrastructure, function)
        if function.has_snap_start and is_provisioned:
            yield RULE.finding(
                f"{function.id} has SnapStart and provisioned concurrency: a version can have one of them",
                "keep provisioned concurrency for steady load that must not wait, SnapStart otherwise",
                place=function.resource.place_of("SnapStart"),
                subject=function.id,
            )
