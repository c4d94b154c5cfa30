"""Moments whose age holds over a freeze, over the restore of a snapshot, and when the clock is set back.

The wall clock goes on while the environment is frozen; the other is never set back. The greater age is true.
"""

from __future__ import annotations

from headstart_kit import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    Moment = tuple[float, float]

_PAUSE_AT_LEAST_S, _PAUSE_AT_MOST_S = 1.0, 300.0
_PAUSE_PER_COST = 10.0


def moment() -> Moment:
    """Now, on both clocks, in seconds."""
    return clock.now_s(), clock.ticks_s()


def age_s(since: Moment, at: Moment) -> float:
    """Seconds that have passed from one moment to a later one."""
    return max(at[0] - since[0], at[1] - since[1])


class Pause:
    """After a failure, ten times as long as it took, from a second to five minutes: what is broken gets a tenth of the
    time."""

    __slots__ = ("_lasts_s", "_since")

    def __init__(self) -> None:
        self._since: Moment = (0.0, 0.0)
        self._lasts_s = 0.0

    def begin(self, at: Moment, *, cost_s: float) -> None:
        """Something failed, and took ``cost_s`` seconds to do so."""
        self._since = at
        self._lasts_s = min(max(_PAUSE_AT_LEAST_S, _PAUSE_PER_COST * cost_s), _PAUSE_AT_MOST_S)

    def is_on(self, at: Moment) -> bool:
        """Whether what failed is to be left alone still."""
        return self._lasts_s > 0 and age_s(self._since, at) < self._lasts_s
