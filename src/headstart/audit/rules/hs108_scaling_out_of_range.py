"""Numbers of a scalable target that cannot work.

A minimum capacity above the maximum, or a utilization target outside 0.1 to 0.9, such as 70 for 70 %.

*Why it costs.* The deployment fails, or scaling out waits for a utilization that is never reached: at a target of 70
that is 7,000 %.

*Use instead.* Minimum at or below maximum; the target as a share, 0.7 for 70 %.

*Evidence.* CDK's own construct refuses such a target; in a template no linter tried reports it (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.concurrency import policies_of, scalable_targets
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import ScalableTarget, ScalingPolicy, Step
from headstart.model.limits import UTILIZATION_TARGET_MAX, UTILIZATION_TARGET_MIN

RULE = Rule(id="HS108", name="scaling-out-of-range", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))
_UTILIZATION = ("LambdaProvisionedConcurrencyUtilization", "ProvisionedConcurrencyUtilization")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each pair of capacities and each utilization target that is out of range."""
    for infrastructure, target in scalable_targets(subject):
        yield from _capacities(target)
        for policy in policies_of(infrastructure, target):
            if policy.target_value is not None and _metric(policy) in _UTILIZATION:
                yield from _utilization(policy, policy.target_value)


def _capacities(target: ScalableTarget) -> Iterator[Finding]:
    pairs: list[tuple[tuple[Step, ...], int | None, int | None]] = [((), target.min_capacity, target.max_capacity)]
    pairs += [
        (("ScheduledActions", index, "ScalableTargetAction"), action.min_capacity, action.max_capacity)
        for index, action in enumerate(target.schedules)
    ]
    for path, least, most in pairs:
        if least is not None and most is not None and least > most:
            yield RULE.finding(
                f"{target.resource.id} has a minimum of {least} above its maximum of {most}",
                f"a minimum of {most} or less, or a maximum of {least} or more",
                place=target.resource.place_of(*path, "MinCapacity"),
                subject=target.resource.id,
            )


def _metric(policy: ScalingPolicy) -> str:
    return policy.predefined_metric or (policy.custom_metric.name if policy.custom_metric else "")


def _utilization(policy: ScalingPolicy, target: float) -> Iterator[Finding]:
    if UTILIZATION_TARGET_MIN <= target <= UTILIZATION_TARGET_MAX:
        return
    path = ("TargetTrackingScalingPolicyConfiguration", "TargetValue")
    share = round(target / 100, 4)
    is_percent = UTILIZATION_TARGET_MIN <= share <= UTILIZATION_TARGET_MAX
    yield RULE.finding(
        f"{policy.resource.id} aims at a utilization of {target:g}, a share between "
        f"{UTILIZATION_TARGET_MIN} and {UTILIZATION_TARGET_MAX}",
        f"write {share:g} for {target:g} %" if is_percent else "0.7 is a good start",
        place=policy.resource.place_of(*path),
        subject=policy.resource.id,
        edits=setting(policy.resource, path, to=share) if is_percent else (),
    )
