"""Provisioned concurrency of an alias: environments that are initialised before they are asked for."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from headstart.infra.constructs.declared import aliases_of, has_snap_start, own_resource_of, provisioned_of, reserved_of
from headstart.infra.constructs.refusals import refuse
from headstart.model.lambda_metrics import NAMESPACE
from headstart.model.provisioned_settings import (
    CapacitySchedule,
    ProvisionedSettings,
    UtilizationTracking,
    above_reserved,
    problems_of,
)

_TARGET = lambda_.CfnAlias.ProvisionedConcurrencyConfigurationProperty
_TRACKING = autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty


class ProvisionedConcurrency(Construct):
    """Provisions concurrency for an alias, and scales it by utilization, by schedules, or both.

    What scales comes after the alias in a deployment. When ``settings`` no longer scale, what was last provisioned
    stays, and is billed, until the next version (https://github.com/aws/aws-cdk/issues/31507).

    Refuses: more than the function reserves, now or at the most that scaling may reach, with its other aliases; an
    alias of $LATEST, with weights, or of a version that another alias provisions; SnapStart; bounds, targets and
    schedules that Application Auto Scaling refuses; a minimum of 0, after which deployments fail.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, alias: lambda_.Alias, settings: ProvisionedSettings
    ) -> None:
        super().__init__(scope, construct_id)
        self.alias = alias
        self.settings = settings
        own_problems = list(problems_of(settings))
        if provisioned_of(alias) is not None:
            own_problems.append(f"{alias.node.path} has provisioned concurrency already")
        resource = own_resource_of(alias, lambda_.CfnAlias)
        resource.provisioned_concurrency_config = _TARGET(provisioned_concurrent_executions=settings.executions)
        if settings.is_scaled and not own_problems:
            self._scale()
        refuse(self, lambda: [*own_problems, *_alias_problems(alias), *_reserved_problems(alias, settings)])

    def _scale(self) -> None:
        name = self.alias.alias_name
        # by the Ref of the alias, which orders the target after it; select 6 is the function's name
        function_name = cdk.Fn.select(6, cdk.Fn.split(":", self.alias.function_arn))
        target = autoscaling.CfnScalableTarget(
            self,
            "Target",
            service_namespace="lambda",
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            resource_id=f"function:{function_name}:{name}",
            min_capacity=self.settings.lowest,
            max_capacity=self.settings.highest,
            scheduled_actions=[_action(schedule) for schedule in self.settings.schedules] or None,
        )
        if self.settings.tracking is not None:
            autoscaling.CfnScalingPolicy(
                self,
                "Tracking",
                policy_name=cdk.Names.unique_id(self),
                policy_type="TargetTrackingScaling",
                scaling_target_id=target.ref,
                target_tracking_scaling_policy_configuration=_tracking(self.settings.tracking, self.alias),
            )


def _action(schedule: CapacitySchedule) -> autoscaling.CfnScalableTarget.ScheduledActionProperty:
    return autoscaling.CfnScalableTarget.ScheduledActionProperty(
        scheduled_action_name=schedule.name,
        schedule=schedule.when,
        timezone=schedule.time_zone,
        scalable_target_action=autoscaling.CfnScalableTarget.ScalableTargetActionProperty(
            min_capacity=schedule.minimum, max_capacity=schedule.maximum
        ),
    )


def _tracking(tracking: UtilizationTracking, alias: lambda_.Alias) -> _TRACKING:
    policy = autoscaling.CfnScalingPolicy
    is_average = tracking.statistic == "Average"
    predefined = policy.PredefinedMetricSpecificationProperty(
        predefined_metric_type="LambdaProvisionedConcurrencyUtilization"
    )
    dimensions = {
        "FunctionName": alias.lambda_.function_name,
        "Resource": f"{alias.lambda_.function_name}:{alias.alias_name}",
    }
    custom = policy.CustomizedMetricSpecificationProperty(
        namespace=NAMESPACE,
        metric_name="ProvisionedConcurrencyUtilization",
        statistic=tracking.statistic,
        dimensions=[policy.MetricDimensionProperty(name=name, value=value) for name, value in dimensions.items()],
    )
    return _TRACKING(
        target_value=tracking.target_ratio,
        scale_in_cooldown=tracking.scale_in_cooldown_s,
        scale_out_cooldown=tracking.scale_out_cooldown_s,
        predefined_metric_specification=predefined if is_average else None,
        customized_metric_specification=None if is_average else custom,
    )


def _alias_problems(alias: lambda_.Alias) -> Iterator[str]:
    resource = own_resource_of(alias, lambda_.CfnAlias)
    if resource.function_version == "$LATEST":
        yield f"{alias.node.path} leads to $LATEST, which cannot be provisioned; lead it to a version"
    if resource.routing_config is not None:
        yield f"{alias.node.path} has weights, and so cannot be provisioned; shift traffic by GradualDeployment"
    if has_snap_start(alias.lambda_):
        yield f"{alias.lambda_.node.path} has SnapStart, which excludes provisioned concurrency; choose one"
    for other in _others(alias):
        if provisioned_of(other) is not None and other.version.node.path == alias.version.node.path:
            yield f"{other.node.path} provisions the same version; Lambda lets one alias of it"


def _reserved_problems(alias: lambda_.Alias, settings: ProvisionedSettings) -> Iterator[str]:
    reserved = reserved_of(alias.lambda_)
    if reserved is None:
        return
    elsewhere = sum(provisioned_of(other) or 0 for other in _others(alias))
    yield from above_reserved(settings, reserved, elsewhere=elsewhere)


def _others(alias: lambda_.Alias) -> list[lambda_.Alias]:
    return [other for other in aliases_of(alias.lambda_) if other.node.path != alias.node.path]
