"""What scales provisioned concurrency: scalable targets, their policies and their schedules."""

from typing import Any, Final

import msgspec

from headstart.infra.program.recorder import Draft
from headstart.infra.program.resources import metrics, words
from headstart.infra.program.resources.call import Call, Maker, Table, field
from headstart.infra.program.values import Given, Made, Outside, constructs_in
from headstart.model.infrastructure import Symbolic

_SCALING: Final = "aws_cdk.aws_applicationautoscaling."
_TARGET: Final = "AWS::ApplicationAutoScaling::ScalableTarget"
_POLICY: Final = "AWS::ApplicationAutoScaling::ScalingPolicy"
_TRACKING: Final = "TargetTrackingScalingPolicyConfiguration"
_STEPS: Final = "StepScalingPolicyConfiguration"
_DIMENSION: Final = "lambda:function:ProvisionedConcurrency"
_UTILIZATION: Final = "LambdaProvisionedConcurrencyUtilization"
_BOUNDS: Final[Table] = {
    "min_capacity": (("MinCapacity",), words.plain),
    "max_capacity": (("MaxCapacity",), words.plain),
}
_ENUMERATED: Final[Table] = {
    **_BOUNDS,
    "resource_id": (("ResourceId",), words.plain),
    "scalable_dimension": (("ScalableDimension",), words.plain),
    "role": (("RoleARN",), words.plain),
    "service_namespace": (("ServiceNamespace",), words.plain),
}
_TRACKED: Final[Table] = {
    "target_value": ((_TRACKING, "TargetValue"), words.plain),
    "utilization_target": ((_TRACKING, "TargetValue"), words.plain),
    "disable_scale_in": ((_TRACKING, "DisableScaleIn"), words.plain),
    "scale_in_cooldown": ((_TRACKING, "ScaleInCooldown"), words.seconds),
    "scale_out_cooldown": ((_TRACKING, "ScaleOutCooldown"), words.seconds),
    "predefined_metric": ((_TRACKING, "PredefinedMetricSpecification", "PredefinedMetricType"), words.camel),
}


def target(call: Call) -> Made:
    """A ``ScalableTarget``; without a role the CDK makes one."""
    draft = call.draft(_TARGET)
    given = call.given("service_namespace")
    if given is not None and isinstance(given.value, Outside):
        call.keywords["service_namespace"] = type(given)(given.value.last.lower(), given.place)
    call.fill(draft, _ENUMERATED)
    if "role" not in call.keywords:
        role = call.draft("AWS::IAM::Role", "Role")
        name = Symbolic(f"${{{role.id}.Arn}}", (role.id,))
        draft.set(("RoleARN",), name, place=call.place)
    return call.made("target", draft)


def add_auto_scaling(call: Call) -> Made:
    """``alias.add_auto_scaling``: its target refers to the alias, so that it comes after."""
    alias = call.owner
    draft = call.draft(_TARGET, "AliasScaling", "Target", path=alias.path)
    of = alias.kept.get("function")
    function_of = of.ref() if isinstance(of, Made) and of.draft is not None else Symbolic("${function}")
    name = f"function:{function_of}:{alias.value('alias_name', 0)}"
    draft.set(("ServiceNamespace",), "lambda", place=call.place)
    draft.set(("ScalableDimension",), _DIMENSION, place=call.place)
    refers_to = (alias.id, *function_of.refers_to)
    draft.set(("ResourceId",), Symbolic(name, refers_to), place=call.place)
    draft.set(("MinCapacity",), 1, place=call.place)
    call.fill(draft, _BOUNDS)
    made = call.made("target", draft, path=(*alias.path, "AliasScaling"))
    made.type = "aws_cdk.aws_lambda.IScalableFunctionAttribute"
    return made


def track_utilization(call: Call) -> None:
    """``.scale_on_utilization``: the average of it."""
    draft = _policy(call, "Tracking", kind="TargetTrackingScaling")
    call.fill(draft, _TRACKED)
    path = (_TRACKING, "PredefinedMetricSpecification", "PredefinedMetricType")
    draft.set(path, _UTILIZATION, place=call.place)


def track(call: Call) -> None:
    """``.scale_to_track_metric``. A metric by a keyword that there is not is taken as it is meant."""
    draft = _policy(call, str(call.value("id", 0)), kind="TargetTrackingScaling")
    if "metric" in call.keywords:
        given = call.keywords["metric"]
        value = _inmost(given.value)
        name = "predefined_metric" if isinstance(value, Outside) else "custom_metric"
        call.keywords.setdefault(name, type(given)(value, given.place))
    call.fill(draft, _TRACKED)
    own = call.given("custom_metric")
    if own is not None:
        _customize(draft, own.value, call=call)


def _inmost(value: Any) -> Any:
    """What a call that failed was given alone."""
    while isinstance(value, Made) and value.kind == "refused" and len(value.given) == 1:
        value = next(iter(value.given.values())).value
    return value


def _customize(draft: Any, made: Any, *, call: Call) -> None:
    path = (_TRACKING, "CustomizedMetricSpecification")
    if not isinstance(made, Made) or made.kind != "metric":
        draft.set(path, Symbolic("${metric}"), place=call.place)
        return
    statistic = made.kept["statistic"]
    for name, value, place in (
        ("Namespace", made.kept["namespace"], made.place),
        ("MetricName", made.kept["name"], made.place),
        ("Statistic", words.statistic(statistic.value), statistic.place),
    ):
        draft.set((*path, name), value, place=place)
    metrics.write_dimensions(draft, (*path, "Dimensions"), made=made)


class _Interval(msgspec.Struct, frozen=True):
    """A ``ScalingInterval``."""

    lower: Any
    upper: Any
    change: Any

    @property
    def is_low(self) -> bool:
        """Whether it is below the values at which nothing is to be done."""
        takes_away = isinstance(self.change, int | float) and self.change < 0
        return self.upper is not None and (self.lower is None or takes_away)


def step(call: Call) -> None:
    """``.scale_on_metric``: step scaling, a policy and an alarm for each side that changes anything."""
    steps = call.value("scaling_steps")
    if not isinstance(steps, list | tuple):
        _step_policy(call, "Policy", intervals=[])
        return
    found = [_Interval(*(field(each, name) for name in ("lower", "upper", "change"))) for each in steps]
    found = [each for each in found if each.change != 0]
    for name, is_low in (("LowerPolicy", True), ("UpperPolicy", False)):
        side = [each for each in found if each.is_low is is_low]
        if side:
            _step_policy(call, name, intervals=side)


def _step_policy(call: Call, name: str, *, intervals: list[_Interval]) -> None:
    draft = _policy(call, str(call.value("id", 0)), name, kind="StepScaling")
    adjustment = call.given("adjustment_type")
    kind = words.camel(adjustment.value) if adjustment else "ChangeInCapacity"
    draft.set((_STEPS, "AdjustmentType"), kind, place=(adjustment or call.at(None)).place)
    place = (call.given("scaling_steps") or call.at(None)).place
    for index, interval in enumerate(intervals):
        draft.set((_STEPS, "StepAdjustments", index, "ScalingAdjustment"), interval.change, place=place)
    watched = call.given("metric")
    if watched is not None and isinstance(watched.value, Made) and watched.value.kind == "metric":
        _step_alarm(call, draft, watched=watched, intervals=intervals)


def _step_alarm(call: Call, draft: Draft, *, watched: Given, intervals: list[_Interval]) -> None:
    """The alarm whose action the policy is."""
    is_low = bool(intervals) and intervals[0].is_low
    bounds = [each.upper if is_low else each.lower for each in intervals]
    is_known = bool(bounds) and all(isinstance(each, int | float) for each in bounds)
    threshold = (max(bounds) if is_low else min(bounds)) if is_known else Symbolic("${threshold}")
    inner = Call(
        name="aws_cdk.aws_cloudwatch.Alarm",
        machine=call.machine,
        place=call.place,
        keywords={
            "scope": call.at(None),
            "id": call.at(f"{draft.id}Alarm"),
            "metric": watched,
            "evaluation_periods": call.given("evaluation_periods") or call.at(1),
            "threshold": call.at(threshold),
            "comparison_operator": call.at(f"{'Less' if is_low else 'Greater'}ThanOrEqualToThreshold"),
        },
    )
    alarm = metrics.alarm(inner).draft
    alarm.set(("AlarmActions",), [Symbolic(f"${{{draft.id}}}", (draft.id,))], place=call.place)


def _policy(call: Call, *names: str, kind: str) -> Any:
    scaled = call.owner
    draft = call.draft(_POLICY, *names, path=scaled.path)
    draft.set(("PolicyType",), kind, place=call.place)
    draft.set(("ScalingTargetId",), scaled, place=call.place)
    return draft


def schedule(call: Call) -> None:
    """``.scale_on_schedule``."""
    draft = call.owner.draft
    path = ("ScheduledActions", len(draft.properties.get("ScheduledActions", [])))
    when = call.given("schedule", 1) or call.at(None)
    cron = field(when.value, "expression")
    text = cron if isinstance(cron, str) else Symbolic("${schedule}")
    call.machine.change(draft, (*path, "ScheduledActionName"), to=call.given("id", 0) or call.at(""))
    call.machine.change(draft, (*path, "Schedule"), to=type(when)(text, when.place))
    for keyword, name in (("min_capacity", "MinCapacity"), ("max_capacity", "MaxCapacity")):
        if given := call.given(keyword):
            call.machine.change(draft, (*path, "ScalableTargetAction", name), to=given)
    if not list(constructs_in(call.value("time_zone"))) and (zone := call.given("time_zone")):
        value = getattr(zone.value, "last", zone.value)
        call.machine.change(draft, (*path, "Timezone"), to=type(zone)(value, zone.place))


MAKERS: Final[dict[str, Maker]] = {f"{_SCALING}ScalableTarget": target}
METHODS: Final[dict[tuple[str, str], Maker]] = {
    ("alias", "add_auto_scaling"): add_auto_scaling,
    ("target", "scale_on_utilization"): track_utilization,
    ("target", "scale_to_track_metric"): track,
    ("target", "scale_on_metric"): step,
    ("target", "scale_on_schedule"): schedule,
}
