"""Target tracking that keeps its capacity when requests stop.

Provisioned concurrency is scaled by target tracking alone, without a schedule. It is information.

*Why it costs.* ProvisionedConcurrencyUtilization is published for invocations only. When they stop, the alarm that
scales in has no data and stays as it is: what the last peak added is paid for until requests come again. AWS warns of
"unexpected billing".

*Use instead.* A scheduled action that lowers the maximum after hours, beside the target tracking.

*Evidence.* The most common complaint about this feature: 100 environments kept over 48 idle hours (pesh.dev); issues
22, 36 and 59 of serverless-provisioned-concurrency-autoscaling.

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import policies_of, scalable_targets
from headstart.audit.declared import is_whole
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS123", name="idle-keeps-capacity", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each target that is scaled by tracking alone."""
    for infrastructure, target in scalable_targets(subject):
        least, most = target.min_capacity, target.max_capacity
        is_tracked = any(policy.target_value is not None for policy in policies_of(infrastructure, target))
        has_schedule = bool(target.schedules) or target.resource.get("ScheduledActions") is not None
        if not is_tracked or has_schedule or least is None or most is None or not is_whole(infrastructure):
            continue
        if least < most:
            yield RULE.finding(
                f"{target.resource.id} keeps up to {most} environments when requests stop: idle minutes have no data "
                "to scale in by",
                "add a scheduled action that lowers the maximum after hours, if there are such hours",
                place=target.resource.place_of("MaxCapacity"),
                subject=target.resource.id,
            )
