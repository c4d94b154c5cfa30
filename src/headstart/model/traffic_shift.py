"""How a deployment shifts traffic to a new version, and which shifts are over before an alarm takes them back."""

from collections.abc import Iterator

import msgspec

from headstart.model import limits
from headstart.model.alarm_settings import Evaluation
from headstart.model.ranges import outside


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


def problems_of(shift: Shift, evaluation: Evaluation) -> Iterator[str]:
    """What CodeDeploy refuses, and a shift that is over before an alarm with that evaluation can fire."""
    wrong = list(outside("shift.percent", shift.percent, low=1, high=99))
    if not wrong:
        most = limits.TRAFFIC_SHIFT_MINUTES_MAX
        wrong += outside("minutes from first to last shift", shift.watched_minutes, low=1, high=most)
    yield from wrong
    if not wrong and shift.watched_minutes * 60 <= evaluation.shortest_s:
        yield (
            f"all traffic is shifted after {shift.watched_minutes} minutes, and the alarms take "
            f"{evaluation.shortest_s} s and more to fire; raise shift.minutes, or lower evaluation.datapoints"
        )
