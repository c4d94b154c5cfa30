"""Scaling provisioned concurrency on something that is not concurrency.

A policy on a scalable target follows a count, such as Invocations in a minute, or a step scaling policy stands beside
target tracking on one target.

*Why it costs.* What is needed is rate times duration: 600 invocations a minute need 1 environment at 100 ms and 20 at
2 s, so a threshold on the count is wrong as soon as the duration moves. Two kinds of policy on one target work against
each other: one takes away what the other has added.

*Use instead.* One target tracking policy on ProvisionedConcurrencyUtilization, with scheduled actions for what is known
beforehand.

*Evidence.* Little's law. AWS: target tracking adjusts capacity in proportion and is the one to use where utilization is
at hand.

Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html,
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import metrics_in
from headstart.audit.concurrency import policies_of, scalable_targets
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredAlarm, Infrastructure, ScalingPolicy, Symbolic
from headstart.model.lambda_metrics import COUNTS, NAMESPACE, OUTCOMES

RULE = Rule(id="HS117", name="wrong-scaling-signal", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each policy that follows a count, and for each target with two kinds of policy."""
    for infrastructure, target in scalable_targets(subject):
        policies = policies_of(infrastructure, target)
        for policy in policies:
            yield from _counting(infrastructure, policy)
        kinds = {policy.policy_type for policy in policies}
        if {"StepScaling", "TargetTrackingScaling"} <= kinds:
            yield RULE.finding(
                f"{target.resource.id} has a step scaling and a target tracking policy, which work against each other",
                "keep the target tracking policy alone",
                place=target.resource.place,
                subject=target.resource.id,
            )


def _counting(infrastructure: Infrastructure, policy: ScalingPolicy) -> Iterator[Finding]:
    signals = {name for alarm in _alarms_for(infrastructure, policy) for name in metrics_in(alarm)}
    own = policy.custom_metric
    if own is not None and own.namespace == NAMESPACE:
        signals.add(own.name)
    if counted := sorted(signals & (COUNTS | OUTCOMES)):
        yield RULE.finding(
            f"{policy.resource.id} scales on {', '.join(counted)}, a count: what is needed is rate times duration",
            "track ProvisionedConcurrencyUtilization",
            place=policy.resource.place,
            subject=policy.resource.id,
        )


def _alarms_for(infrastructure: Infrastructure, policy: ScalingPolicy) -> list[DeclaredAlarm]:
    return [
        alarm
        for alarm in infrastructure.alarms
        if any(isinstance(action, Symbolic) and policy.resource.id in action.refers_to for action in alarm.actions)
    ]
