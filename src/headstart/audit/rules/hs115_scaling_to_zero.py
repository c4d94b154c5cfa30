"""Scaling an alias's provisioned concurrency to zero.

A scalable target or one of its scheduled actions has a minimum of 0, while the alias declares provisioned concurrency.

*Why it costs.* At 0 the alias's configuration is removed, and the next deployment, which finds it declared, fails with
ProvisionedConcurrencyConfigNotFound. Until then the alias is cold.

*Use instead.* A minimum of 1, or no provisioned concurrency in the alias itself where nights at 0 are wanted.

*Evidence.* aws-cdk#29992, serverless#10897.

Source: https://github.com/aws/aws-cdk/issues/29992
"""

from collections.abc import Iterator

from headstart.audit.concurrency import alias_of, scalable_targets
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import ScalableTarget, Step

RULE = Rule(id="HS115", name="scaling-to-zero", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each minimum of 0."""
    for infrastructure, target in scalable_targets(subject):
        alias = alias_of(infrastructure, target)
        if alias is None or not alias.provisioned:
            continue
        for path in _zeros(target):
            yield RULE.finding(
                f"{target.resource.id} may scale alias {alias.name} to 0, which removes the "
                f"{alias.provisioned} that it declares: the next deployment fails",
                "a minimum of 1, or no ProvisionedConcurrencyConfig in the alias",
                place=target.resource.place_of(*path),
                subject=target.resource.id,
                edits=setting(target.resource, path, to=1),
            )


def _zeros(target: ScalableTarget) -> Iterator[tuple[Step, ...]]:
    if target.min_capacity == 0:
        yield ("MinCapacity",)
    for index, action in enumerate(target.schedules):
        if action.min_capacity == 0:
            yield ("ScheduledActions", index, "ScalableTargetAction", "MinCapacity")
