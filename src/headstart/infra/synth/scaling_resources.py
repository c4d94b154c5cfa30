"""The scaling of a plan's provisioned concurrency, in CloudFormation."""

from typing import Any

from headstart.infra.synth.function_resources import alias_text
from headstart.infra.synth.intrinsics import Resources, given, ref, resource, sub
from headstart.infra.synth.plan import StackPlan
from headstart.model.lambda_metrics import NAMESPACE
from headstart.model.provisioned_settings import CapacitySchedule, ProvisionedSettings, UtilizationTracking


def of(plan: StackPlan, *, alias_id: str) -> Resources:
    """The scalable target, made after the alias, and its policy; nothing when nothing scales."""
    provisioned = plan.table.provisioned
    if provisioned is None or not provisioned.is_scaled:
        return {}
    target = f"{plan.id}ProvisionedTarget"
    found = {target: resource("ApplicationAutoScaling::ScalableTarget", _target(plan, provisioned), DependsOn=alias_id)}
    if provisioned.tracking is not None:
        found[f"{plan.id}ProvisionedTracking"] = resource(
            "ApplicationAutoScaling::ScalingPolicy",
            {
                "PolicyName": f"{plan.id}Provisioned",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": ref(target),
                "TargetTrackingScalingPolicyConfiguration": _tracking(plan, provisioned.tracking),
            },
        )
    return found


def _target(plan: StackPlan, provisioned: ProvisionedSettings) -> dict[str, Any]:
    return given(
        ServiceNamespace="lambda",
        ScalableDimension="lambda:function:ProvisionedConcurrency",
        ResourceId=sub(f"function:${{{plan.function_id}}}:{plan.table.alias}"),
        MinCapacity=provisioned.lowest,
        MaxCapacity=provisioned.highest,
        ScheduledActions=[_action(schedule) for schedule in provisioned.schedules] or None,
    )


def _action(schedule: CapacitySchedule) -> dict[str, Any]:
    return given(
        ScheduledActionName=schedule.name,
        Schedule=schedule.when,
        Timezone=schedule.time_zone,
        ScalableTargetAction=given(MinCapacity=schedule.minimum, MaxCapacity=schedule.maximum),
    )


def _tracking(plan: StackPlan, tracking: UtilizationTracking) -> dict[str, Any]:
    is_average = tracking.statistic == "Average"
    predefined = {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"}
    custom = {
        "Namespace": NAMESPACE,
        "MetricName": "ProvisionedConcurrencyUtilization",
        "Statistic": tracking.statistic,
        "Dimensions": [
            {"Name": "FunctionName", "Value": ref(plan.function_id)},
            {"Name": "Resource", "Value": alias_text(plan)},
        ],
    }
    return given(
        TargetValue=tracking.target_ratio,
        ScaleInCooldown=tracking.scale_in_cooldown_s,
        ScaleOutCooldown=tracking.scale_out_cooldown_s,
        PredefinedMetricSpecification=predefined if is_average else None,
        CustomizedMetricSpecification=None if is_average else custom,
    )
