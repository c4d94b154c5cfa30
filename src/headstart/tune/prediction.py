"""Durations at memory sizes that were not run, from those at sizes that were: a law, its 95 % intervals, and draws."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

import msgspec

from headstart.model.cpu_law import Law, fit, speed
from headstart.model.sample import median, percentile
from headstart.model.tuning import Estimate

DRAWS: Final = 200
# Standard deviation of what the law misses, in log duration: for each octave of speed, and for each of memory size,
# that lies between a size and the nearest that was run.
_MISS_BY_SPEED: Final = 0.05
_MISS_BY_MEMORY: Final = 0.02
# Sizes at which a draw strays: half octaves.
_STRAYS_MB: Final = (*(round(128 * 2 ** (step / 2)) for step in range(13)), 10_240)


class Curve(msgspec.Struct, frozen=True):
    """Durations over memory sizes: a law, times what it misses at ``sizes_mb`` (log ratios, linear between)."""

    law: Law
    sizes_mb: tuple[int, ...] = ()
    misses: tuple[float, ...] = ()

    def duration_ms(self, mb: int) -> float:
        """Warm duration at ``mb``."""
        return self.law.duration_ms(mb) * math.exp(self.miss(mb))

    def miss(self, mb: int) -> float:
        """The logarithm of the duration at ``mb`` over the law's."""
        if not self.sizes_mb:
            return 0.0
        above = bisect_left(self.sizes_mb, mb)
        if above in (0, len(self.sizes_mb)):
            return self.misses[min(above, len(self.sizes_mb) - 1)]
        low_mb, high_mb = self.sizes_mb[above - 1 : above + 1]
        part = math.log(mb / low_mb) / math.log(high_mb / low_mb)
        return self.misses[above - 1] * (1 - part) + self.misses[above] * part


class Prediction(msgspec.Struct, frozen=True):
    """What the sizes that were run say on all others; ``draws`` are curves as likely as each other."""

    curve: Curve
    draws: tuple[Curve, ...]
    parallelism: float

    @property
    def law(self) -> Law:
        """The law fitted; its ``mechanism`` says which."""
        return self.curve.law

    def duration_ms(self, mb: int) -> float:
        """The duration that is expected at ``mb``."""
        return self.curve.duration_ms(mb)

    def estimate(self, mb: int) -> Estimate:
        """The duration that is expected at ``mb``, in ms, with its 95 % interval."""
        drawn = [draw.duration_ms(mb) for draw in self.draws]
        value = self.duration_ms(mb)
        return Estimate(value, min(value, percentile(drawn, 2.5)), max(value, percentile(drawn, 97.5)))


def predict(
    samples: Mapping[int, Sequence[float]], *, parallelism: float | None, cpu_ms: float, shuffle: Random
) -> Prediction | None:
    """Predict durations from ``samples``, those of warm invocations in ms by memory size in MB; None without any.

    ``parallelism`` is CPU time over running time, None where CPU time is unknown, as on AWS; ``cpu_ms`` is the CPU time
    of an invocation, 0 where unknown.
    """
    samples = {mb: durations for mb, durations in sorted(samples.items()) if durations and median(durations) > 0}
    known = 1.0 if parallelism is None else parallelism
    curve = _curve({mb: median(durations) for mb, durations in samples.items()}, parallelism=known, cpu_ms=cpu_ms)
    if curve is None:
        return None
    draws = []
    for _ in range(DRAWS):
        resampled = {mb: median(shuffle.choices(durations, k=len(durations))) for mb, durations in samples.items()}
        drawn = _curve(resampled, parallelism=known, cpu_ms=cpu_ms)
        if drawn is not None:
            draws.append(_astray(drawn, shuffle))
    return Prediction(curve, tuple(draws), known)


def _curve(measured_ms: Mapping[int, float], *, parallelism: float, cpu_ms: float) -> Curve | None:
    """The law through these points, and what it misses at them."""
    law = fit(measured_ms, parallelism=parallelism, cpu_ms=cpu_ms)
    if law is None:
        return None
    return Curve(law, tuple(measured_ms), tuple(math.log(ms / law.duration_ms(mb)) for mb, ms in measured_ms.items()))


def _astray(curve: Curve, shuffle: Random) -> Curve:
    """The curve with what a law may miss between and beyond its points: more, the farther from them."""
    sizes_mb = sorted({*curve.sizes_mb, *_STRAYS_MB})
    misses = [
        curve.miss(mb) + shuffle.gauss(0, 1) * min(_deviation(mb, near, law=curve.law) for near in curve.sizes_mb)
        for mb in sizes_mb
    ]
    return Curve(curve.law, tuple(sizes_mb), tuple(misses))


def _deviation(mb: int, near: int, *, law: Law) -> float:
    by_speed = abs(math.log2(speed(mb, law.parallelism) / speed(near, law.parallelism)))
    return math.sqrt(_MISS_BY_SPEED**2 * by_speed + _MISS_BY_MEMORY**2 * abs(math.log2(mb / near)))
