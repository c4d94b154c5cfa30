"""What scales provisioned concurrency: Application Auto Scaling's targets, schedules and policies."""

from collections.abc import Iterator, Sequence
from typing import Final

from headstart.infra.template.declared import metrics
from headstart.infra.template.declared.properties import Properties
from headstart.infra.template.declared.references import Named
from headstart.infra.template.declared.view import View
from headstart.model.infrastructure import (
    DeclaredAlias,
    Resource,
    ScalableTarget,
    ScalingPolicy,
    ScheduledAction,
    Step,
)

_TARGET: Final = "AWS::ApplicationAutoScaling::ScalableTarget"
_POLICY: Final = "AWS::ApplicationAutoScaling::ScalingPolicy"
_DIMENSION: Final = "lambda:function:ProvisionedConcurrency"
_TRACKING: Final = "TargetTrackingScalingPolicyConfiguration"
_STEPS: Final = "StepScalingPolicyConfiguration"


def scalable_targets(view: View, aliases: Sequence[DeclaredAlias]) -> Iterator[ScalableTarget]:
    """Each scalable target of Lambda's provisioned concurrency."""
    for properties in view.of_type(_TARGET):
        if not _is_of_lambda(properties):
            continue
        named = view.function(properties, "ResourceId")
        alias = _alias(aliases, named)
        yield ScalableTarget(
            resource=properties.resource,
            function=named.function,
            qualifier=named.qualifier,
            min_capacity=properties.whole("MinCapacity"),
            max_capacity=properties.whole("MaxCapacity"),
            schedules=tuple(_schedule(properties, path) for path in properties.paths("ScheduledActions")),
            is_after_alias=None if alias is None else alias.id in _before(view, properties.resource),
        )


def scaling_policies(view: View, targets: Sequence[ScalableTarget]) -> Iterator[ScalingPolicy]:
    """Each scaling policy of one of ``targets``, or of a target for Lambda that is not in the template."""
    for properties in view.of_type(_POLICY):
        target = _target(view, properties, targets=targets)
        if target is not None:
            yield _policy(properties, target)


def _policy(properties: Properties, target: str) -> ScalingPolicy:
    custom = (_TRACKING, "CustomizedMetricSpecification")
    return ScalingPolicy(
        resource=properties.resource,
        target=target,
        policy_type=properties.text("PolicyType"),
        predefined_metric=properties.text(_TRACKING, "PredefinedMetricSpecification", "PredefinedMetricType"),
        custom_metric=metrics.returned(metrics.queries(properties, *custom)) if properties.mapping(*custom) else None,
        target_value=properties.number(_TRACKING, "TargetValue"),
        steps=tuple(properties.mapping(*path) for path in properties.paths(_STEPS, "StepAdjustments")),
        adjustment_type=properties.text(_STEPS, "AdjustmentType"),
    )


def _is_of_lambda(properties: Properties) -> bool:
    space, dimension = properties.text("ServiceNamespace"), properties.text("ScalableDimension")
    return space == "lambda" or dimension == _DIMENSION


def _alias(aliases: Sequence[DeclaredAlias], named: Named) -> Resource | None:
    of_name = (alias for alias in aliases if (alias.function, alias.name) == (named.function, named.qualifier))
    return next((alias.resource for alias in of_name), None)


def _before(view: View, resource: Resource) -> set[str]:
    """The logical ids of all that CloudFormation creates before ``resource``."""
    found: set[str] = set()
    pending = [resource]
    while pending:
        each = pending.pop()
        new = (each.depends_on | each.refers_to) - found
        found |= new
        pending += [view.resources[id_] for id_ in new if id_ in view.resources]
    return found


def _schedule(properties: Properties, path: tuple[Step, ...]) -> ScheduledAction:
    return ScheduledAction(
        name=properties.words(*path, "ScheduledActionName"),
        schedule=properties.words(*path, "Schedule"),
        time_zone=properties.text(*path, "Timezone"),
        min_capacity=properties.whole(*path, "ScalableTargetAction", "MinCapacity"),
        max_capacity=properties.whole(*path, "ScalableTargetAction", "MaxCapacity"),
    )


def _target(view: View, properties: Properties, *, targets: Sequence[ScalableTarget]) -> str | None:
    """The target's logical id, or the text that names one for Lambda elsewhere; None for one of another service."""
    known = {target.resource.id for target in targets}
    if properties.value("ScalingTargetId") is not None:
        referred = properties.resource.refers_to | {view.references.source(properties.value("ScalingTargetId"))}
        text = properties.words("ScalingTargetId")
        return next(iter(sorted(known & referred)), text if text.endswith(f"{_DIMENSION}|lambda") else None)
    if not _is_of_lambda(properties):
        return None
    named = view.function(properties, "ResourceId")
    same = (t.resource.id for t in targets if (t.function, t.qualifier) == (named.function, named.qualifier))
    return next(same, properties.words("ResourceId"))
