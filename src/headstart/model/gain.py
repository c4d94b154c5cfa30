"""What a rewritten function gains, measured in pairs of environments."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from headstart.model.invocation import InvocationReport
from headstart.model.sample import median, summarize

# Differences up to this are no difference.
SAME_RATIO: Final = 0.02


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of ``n`` pairs of environments taken in turn: medians without and with what was rewritten.

    ``saved`` is the median of the pairs' differences, with its 95 % interval from ``low`` to ``high``.
    """

    name: str
    unit: str
    n: int
    old: float
    new: float
    saved: float
    low: float
    high: float

    @property
    def is_beyond_noise(self) -> bool:
        """Whether there is a difference, for better or worse."""
        return self.low > 0 or self.high < 0

    @property
    def is_plain(self) -> bool:
        """Whether it is a difference: not within the noise, nor within what counts as the same."""
        return self.is_beyond_noise and abs(self.saved) > SAME_RATIO * self.old


def of_pairs(name: str, pairs: Sequence[tuple[float, float]], *, unit: str = "ms") -> Gain | None:
    """The gain by a figure of each pair, without and with what was rewritten; None where there is no pair."""
    if not pairs:
        return None
    saved = summarize([old - new for old, new in pairs])
    return Gain(
        name=name,
        unit=unit,
        n=len(pairs),
        old=median([old for old, _ in pairs]),
        new=median([new for _, new in pairs]),
        saved=saved.median,
        low=saved.median_low,
        high=saved.median_high,
    )


def environments(reports: Iterable[InvocationReport]) -> list[list[InvocationReport]]:
    """The reports of each environment, in order: the first is that of its cold start."""
    found: dict[str, list[InvocationReport]] = {}
    for report in reports:
        found.setdefault(report.environment_id, []).append(report)
    return [*found.values()]
