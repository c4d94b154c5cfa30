"""The gradual deployment of a plan, by CodeDeploy, in CloudFormation."""

from typing import Any, Final

from headstart.infra.synth import alarm_resources
from headstart.infra.synth.function_resources import version_id
from headstart.infra.synth.intrinsics import Resources, attribute, ref, resource, role
from headstart.infra.synth.plan import StackPlan
from headstart.model.traffic_shift import Shift

# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html (2026-11-25):
# the percent and minutes of its own configurations
_CANARIES: Final = frozenset({(10, 5), (10, 10), (10, 15), (10, 30)})
_LINEARS: Final = frozenset({(10, 1), (10, 2), (10, 3), (10, 10)})


def of(plan: StackPlan) -> Resources:
    """The deployment group with its application, role, alarms and, where CodeDeploy has none, its configuration."""
    if plan.table.shift is None:
        return {}
    group = f"{plan.id}DeploymentGroup"
    name = own_name(plan.table.shift)
    alarms = alarm_resources.of_deployment(plan, version=attribute(version_id(plan), "Version"))
    properties = {
        "ApplicationName": ref(f"{group}Application"),
        "ServiceRoleArn": attribute(f"{group}ServiceRole", "Arn"),
        "DeploymentConfigName": f"CodeDeployDefault.Lambda{name}" if name else ref(config_id(plan)),
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": ref(each)} for each in watched(plan)]},
        "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]},
    }
    return {
        **alarms,
        **config(plan),
        f"{group}ServiceRole": role("codedeploy", "AWSCodeDeployRoleForLambdaLimited"),
        f"{group}Application": resource("CodeDeploy::Application", {"ComputePlatform": "Lambda"}),
        group: resource("CodeDeploy::DeploymentGroup", properties),
    }


def watched(plan: StackPlan) -> list[str]:
    """The logical ids of the alarms that take a deployment back."""
    own = [f"{plan.id}Deployment{alarm.name}" for alarm in plan.deployment_alarms]
    return own + [alarm_resources.alarm_id(plan, alarm) for alarm in plan.alarms if alarm.name == "Duration"]


def own_name(shift: Shift) -> str | None:
    """What CodeDeploy calls a shift that it has itself: ``Canary10Percent5Minutes``."""
    if (shift.percent, shift.minutes) not in (_LINEARS if shift.is_linear else _CANARIES):
        return None
    kind, every = ("Linear", "Every") if shift.is_linear else ("Canary", "")
    return f"{kind}{shift.percent}Percent{every}{shift.minutes}Minute{'' if shift.minutes == 1 else 's'}"


def config_id(plan: StackPlan) -> str:
    """The logical id of a deployment configuration of one's own."""
    return f"{plan.id}DeploymentConfig"


def config(plan: StackPlan) -> Resources:
    """The deployment configuration, where CodeDeploy has none for the shift."""
    shift = plan.table.shift
    if shift is None or own_name(shift):
        return {}
    kind = "Linear" if shift.is_linear else "Canary"
    routing: dict[str, Any] = {
        "Type": f"TimeBased{kind}",
        f"TimeBased{kind}": {f"{kind}Interval": shift.minutes, f"{kind}Percentage": shift.percent},
    }
    properties = {"ComputePlatform": "Lambda", "TrafficRoutingConfig": routing}
    return {config_id(plan): resource("CodeDeploy::DeploymentConfig", properties)}
