"""Scaling that only ever goes up.

The step scaling policies of a target have no step that takes capacity away (a step of 0 is dropped by CDK without a
word), or its target tracking has DisableScaleIn, and no schedule lowers the maximum.

*Why it costs.* Once scaled out, the capacity stays and is paid for by the hour, used or not, until the next deployment.

*Use instead.* Target tracking, which scales in by itself; scheduled actions that lower the maximum at night.

*Evidence.* CDK's ``ScalingInterval(upper=10, change=0)`` yields neither a lower policy nor a lower alarm (2.275).

Source: https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
(2026-11-23)
"""

from collections.abc import Iterator
from typing import Any

from headstart.audit.concurrency import policies_of, scalable_targets
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import ScalableTarget, ScalingPolicy, Step

RULE = Rule(id="HS116", name="never-scales-in", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_DISABLED = ("TargetTrackingScalingPolicyConfiguration", "DisableScaleIn")
_ADJUSTMENTS = ("StepScalingPolicyConfiguration", "StepAdjustments")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each target that is never scaled in, at the first policy that does not."""
    for infrastructure, target in scalable_targets(subject):
        policies = policies_of(infrastructure, target)
        stepped = [policy for policy in policies if policy.steps]
        if stepped and all(_only_adds(policy) for policy in stepped):
            yield _finding(stepped[0], _ADJUSTMENTS, what="has no step that takes capacity away")
        tracking = [policy for policy in policies if policy.target_value is not None]
        disabled = [policy for policy in tracking if policy.resource.get(*_DISABLED) is True]
        if disabled and not _is_lowered(target):
            yield _finding(disabled[0], _DISABLED, what="has scaling in disabled")


def _finding(policy: ScalingPolicy, path: tuple[Step, ...], *, what: str) -> Finding:
    return RULE.finding(
        f"{policy.resource.id} {what}: what it adds stays and is paid for",
        "use target tracking with scaling in, or lower the maximum by a schedule",
        place=policy.resource.place_of(*path),
        subject=policy.resource.id,
    )


def _only_adds(policy: ScalingPolicy) -> bool:
    changes: list[Any] = [step.get("ScalingAdjustment") for step in policy.steps]
    is_known = all(isinstance(change, int) for change in changes)
    return policy.adjustment_type != "ExactCapacity" and is_known and min(changes) >= 0


def _is_lowered(target: ScalableTarget) -> bool:
    most = target.max_capacity
    return any(
        action.max_capacity is not None and (most is None or action.max_capacity < most) for action in target.schedules
    )
