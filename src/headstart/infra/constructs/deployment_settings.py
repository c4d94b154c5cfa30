"""How a deployment is watched while it shifts traffic to a new version, and what takes it back."""

from collections.abc import Iterator

import msgspec
from aws_cdk import aws_cloudwatch as cloudwatch

from headstart.model import traffic_shift
from headstart.model.alarm_settings import Evaluation, error_problems, evaluation_problems
from headstart.model.traffic_shift import Shift


class DeploymentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic is taken back on errors of the alias or of the new version, and on ``alarms``.

    ``alarms`` must not depend on the alias itself, which comes after them: those of ``FunctionAlarms`` do not.
    """

    shift: Shift = Shift()
    error_percent: float = 1
    minimum_requests: int = 5
    evaluation: Evaluation = Evaluation()
    alarms: tuple[cloudwatch.IAlarm, ...] = ()


def problems_of(settings: DeploymentSettings) -> Iterator[str]:
    """What CodeDeploy and CloudWatch refuse, and a shift that is over before an alarm can fire."""
    yield from evaluation_problems(settings.evaluation)
    yield from error_problems(settings.error_percent, settings.minimum_requests)
    yield from traffic_shift.problems_of(settings.shift, settings.evaluation)
