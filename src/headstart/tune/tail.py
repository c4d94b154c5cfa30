"""How the slowest of a hundred invocations relates to the typical one: from few invocations a model, and said to be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Final, Self

import msgspec

from headstart.model.sample import median, percentile
from headstart.tune.seen import Seen

# Standard normal quantile of p99.
_Z_99: Final = 2.326


class Tail(msgspec.Struct, frozen=True):
    """``ratio`` is p99 over the typical time, from ``n`` invocations at all sizes."""

    ratio: float
    n: int

    @classmethod
    def of(cls, usable: Iterable[Seen], samples: Mapping[int, Sequence[float]]) -> Self:
        """From how times lie around the typical one of their size: the worst seen, or a lognormal of their spread."""
        logs = []
        for seen in usable:
            typical_ms = median(samples[seen.mb]) if seen.tuned else 0.0
            logs += [math.log(max(ms, 1e-6) / typical_ms) for ms in seen.tuned_ms if typical_ms > 0]
        if len(logs) < 2:
            return cls(1.0, len(logs))
        spread = math.sqrt(sum(log * log for log in logs) / (len(logs) - 1))
        return cls(math.exp(max(percentile(logs, 99), _Z_99 * spread)), len(logs))

    def drawn(self, count: int, shuffle: Random) -> list[float]:
        """Ratios as likely as each other: a spread of n values is that uncertain."""
        spread = 1 / math.sqrt(2 * max(1, self.n - 1))
        return [self.ratio ** max(0.0, 1 + shuffle.gauss(0, spread)) for _ in range(count)]
