"""Deployments that shift traffic to a new version step by step, and take it back when its alarms fire."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from headstart.infra.constructs import alarms, metrics
from headstart.infra.constructs.declared import own_resource_of
from headstart.infra.constructs.deployment_settings import DeploymentSettings, problems_of
from headstart.infra.constructs.refusals import refuse
from headstart.model import alarm_plans
from headstart.model.traffic_shift import Shift


class GradualDeployment(Construct):
    """Lets CodeDeploy move an alias to its next version; on an alarm, or a failure, it is moved back.

    The alias dilutes the errors of a canary, so the new version has an alarm of its own, by ``ExecutedVersion``.
    The alias may have provisioned concurrency.

    Refuses: an alias with weights, which CodeDeploy sets itself, or of $LATEST; a shift that is over before its alarms
    can fire, or longer than CodeDeploy allows.
    Source: https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html (2026-11-25)
    """

    alarms: tuple[cloudwatch.Alarm, ...]
    deployment_group: codedeploy.LambdaDeploymentGroup | None

    def __init__(
        self, scope: Construct, construct_id: str, *, alias: lambda_.Alias, settings: DeploymentSettings | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        settings = settings or DeploymentSettings()
        problems = [*problems_of(settings), *_alias_problems(alias)]
        refuse(self, lambda: problems)
        self.alarms, self.deployment_group = (), None
        if not problems:
            plans = alarm_plans.of_deployment(settings.error_percent, settings.minimum_requests)
            evaluation = settings.evaluation
            self.alarms = tuple(
                alarms.make(
                    self,
                    plan,
                    metric=metrics.planned(plan.metric, alias, period_s=evaluation.period_s),
                    evaluation=evaluation,
                )
                for plan in plans
            )
            self.deployment_group = codedeploy.LambdaDeploymentGroup(
                self,
                "Group",
                alias=alias,
                deployment_config=self._config(settings.shift),
                alarms=[*self.alarms, *settings.alarms],
                auto_rollback=codedeploy.AutoRollbackConfig(failed_deployment=True, deployment_in_alarm=True),
            )

    def _config(self, shift: Shift) -> codedeploy.ILambdaDeploymentConfig:
        """CodeDeploy's own where it has one."""
        kind, unit = "LINEAR" if shift.is_linear else "CANARY", "MINUTE" if shift.minutes == 1 else "MINUTES"
        every = "EVERY_" if shift.is_linear else ""
        name = f"{kind}_{shift.percent}_PERCENT_{every}{shift.minutes}_{unit}"
        own: codedeploy.ILambdaDeploymentConfig | None = getattr(codedeploy.LambdaDeploymentConfig, name, None)
        if own is not None:
            return own
        routing = (
            codedeploy.TimeBasedLinearTrafficRouting if shift.is_linear else codedeploy.TimeBasedCanaryTrafficRouting
        )
        return codedeploy.LambdaDeploymentConfig(
            self,
            "Config",
            traffic_routing=routing(interval=cdk.Duration.minutes(shift.minutes), percentage=shift.percent),
        )


def _alias_problems(alias: lambda_.Alias) -> Iterator[str]:
    resource = own_resource_of(alias, lambda_.CfnAlias)
    if resource.function_version == "$LATEST":
        yield f"{alias.node.path} leads to $LATEST; lead it to a version"
    if resource.routing_config is not None:
        yield f"{alias.node.path} has weights, which CodeDeploy sets itself; drop additional_versions"
