"""How a deployment shifts traffic to a new version, and what takes it back."""

from collections.abc import Iterator

import msgspec
from aws_cdk import aws_cloudwatch as cloudwatch

from headstart.infra.constructs.alarm_settings import Evaluation, error_problems, evaluation_problems
from headstart.infra.constructs.refusals import outside
from headstart.model import limits


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """``percent`` of the traffic for ``minutes``, then all of it; when linear, ``percent`` more every ``minutes``."""

    percent: int = 10
    minutes: int = 5
    is_linear: bool = False

    @property
    def watched_minutes(self) -> int:
        """How long the new version is watched before it has all of the traffic."""
        steps = -(-100 // self.percent) - 1 if self.is_linear else 1
        return steps * self.minutes


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
    shift, needed_s = settings.shift, settings.evaluation.shortest_s
    wrong = list(outside("shift.percent", shift.percent, low=1, high=99))
    if not wrong:
        most = limits.TRAFFIC_SHIFT_MINUTES_MAX
        wrong += outside("minutes from first to last shift", shift.watched_minutes, low=1, high=most)
    yield from wrong
    if not wrong and shift.watched_minutes * 60 <= needed_s:
        yield (
            f"all traffic is shifted after {shift.watched_minutes} minutes, and the alarms take {needed_s} s and more "
            "to fire; raise shift.minutes, or lower evaluation.datapoints"
        )
