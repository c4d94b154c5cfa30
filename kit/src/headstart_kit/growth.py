"""Whether a figure grows from one invocation to the next: a slope that single jumps do not bend, and how sure it is."""

from __future__ import annotations

from itertools import combinations

_SAMPLES_MAX = 60
_SAMPLES_MIN = 6
_Z_95 = 1.96


class Growth:
    """Samples over the whole life of the environment, in bounded memory: the more invocations, the further apart."""

    __slots__ = ("_samples", "_step", "count")

    def __init__(self) -> None:
        self.count = 0
        self._samples: list[tuple[int, float]] = []
        self._step = 1

    def add(self, value: float) -> None:
        """The figure at the end of the next invocation."""
        if self.count % self._step == 0:
            self._samples.append((self.count, value))
            if len(self._samples) == _SAMPLES_MAX:
                del self._samples[1::2]
                self._step *= 2
        self.count += 1

    def slope(self) -> dict[str, float] | None:
        """Growth per invocation: ``median``, and ``low`` and ``high``, its 95 % interval. None before 6 invocations.

        The median of the slopes between all pairs of samples (Theil and Sen), its interval after Kendall: up to 29 % of
        the samples may be anything, so that the first invocations, which fill caches, do not pass for a leak.
        """
        n = len(self._samples)
        if n < _SAMPLES_MIN:
            return None
        slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(self._samples, 2))
        uncertain = _Z_95 * (n * (n - 1) * (2 * n + 5) / 18) ** 0.5
        low = max(0, int((len(slopes) - uncertain) / 2))
        return {"median": slopes[len(slopes) // 2], "low": slopes[low], "high": slopes[-1 - low]}
