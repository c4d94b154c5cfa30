"""Durations at memory sizes that were not run, from those at sizes that were: a law, its 95 % intervals, and draws."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

import msgspec

from headstart.model import limits
from headstart.model.cpu_law import MISS, Law, Mechanism, closest, error_ratio, speed, squared_error, throttled
from headstart.model.function import Architecture
from headstart.model.sample import median, percentile
from headstart.model.tuning import Estimate

DRAWS: Final = 200
# Below this the periods of the CPU quota show, in functions of one thread. They are believed unless the power law,
# which has one parameter more, is closer by this much in squared relative error, and by more than noise explains.
_SHORT_MS: Final = 100.0
_ONE_THREAD: Final = 1.2
_CLOSER: Final = 0.01
# What is assumed of the spread of durations at a size (standard deviation of the logarithm) before any are seen, and
# how many durations that is worth.
_SPREAD: Final = 0.04
_SPREAD_WORTH: Final = 2
# What ``host_spread`` is on AWS, where every environment may be on another host: with these, intervals held 95 % and
# 81 % of what single environments showed at other sizes, and without 79 % and 34 % (cebert/aws-lambda-performance-
# benchmarks, 2025-12).
HOST_SPREADS_ON_AWS: Final = {Architecture.X86_64: 0.03, Architecture.ARM64: 0.08}
# Standard deviation, in log duration, of what a law misses where nothing was run: at once, and for each octave of speed
# and of memory size to the nearest that was. bench/tune_accuracy.py prints how often intervals hold.
_MISS: Final = {Mechanism.SHARE: MISS, Mechanism.QUOTA: 0.09}
_MISS_BY_SPEED: Final = 0.025
_MISS_BY_MEMORY: Final = 0.01
# Sizes at which a draw strays from its law by itself: half octaves.
_STRAYS_MB: Final = (*(round(limits.MEMORY_MB_MIN * 2 ** (step / 2)) for step in range(13)), limits.MEMORY_MB_MAX)
# How often, where nothing shows how far parallel work goes, it goes farther than what is seen: of one thread, of more.
_MAY_BE_PARALLEL: Final = 0.1
_MAY_BE_MORE_PARALLEL: Final = 0.5
_PARALLELISM_MAX: Final = float(limits.VISIBLE_VCPUS[0][1])


class Curve(msgspec.Struct, frozen=True):
    """Durations over memory sizes: a law, times what it misses at ``sizes_mb`` (log ratios, linear between)."""

    law: Law
    sizes_mb: tuple[int, ...]
    misses: tuple[float, ...]

    def duration_ms(self, mb: int) -> float:
        """Warm duration at ``mb``."""
        return self.law.duration_ms(mb) * math.exp(self.miss(mb))

    def miss(self, mb: int) -> float:
        """The logarithm of the duration at ``mb`` over the law's."""
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

    @property
    def law(self) -> Law:
        """The law of the curve; its ``mechanism`` says which it is."""
        return self.curve.law

    def duration_ms(self, mb: int) -> float:
        """The duration that is expected at ``mb``; where it was run, what was measured."""
        return self.curve.duration_ms(mb)

    def estimate(self, mb: int) -> Estimate:
        """The duration that is expected at ``mb``, in ms, with its 95 % interval."""
        drawn = [draw.duration_ms(mb) for draw in self.draws]
        value = self.duration_ms(mb)
        return Estimate(value, min(value, percentile(drawn, 2.5)), max(value, percentile(drawn, 97.5)))


def predict(
    samples: Mapping[int, Sequence[float]],
    *,
    parallelism: float | None,
    cpu_ms: float,
    shuffle: Random,
    host_spread: float = 0.0,
) -> Prediction | None:
    """Predict durations from ``samples``, those of warm invocations in ms by memory size in MB; None without any.

    ``parallelism`` is CPU time over running time. None, where CPU time is unknown, as on AWS: then sizes above one vCPU
    show it, and what they leave open widens the intervals. ``cpu_ms`` is the CPU time of an invocation, 0 if unknown.
    ``host_spread`` is the standard deviation of log duration between the hosts that sizes were run on, 0 for one host.
    """
    levels_ms = {mb: typical_ms(durations) for mb, durations in sorted(samples.items()) if durations}
    levels_ms = {mb: ms for mb, ms in levels_ms.items() if ms > 0}
    if not levels_ms:
        return None
    spread, freedom = _spread([(ms, levels_ms[mb]) for mb in levels_ms for ms in samples[mb]], sizes=len(levels_ms))
    sampling = {mb: spread / math.sqrt(len(samples[mb])) for mb in levels_ms}
    noise = sum(deviation**2 + host_spread**2 for deviation in sampling.values()) / len(levels_ms)

    def share(points_ms: Mapping[int, float]) -> Law:
        return closest(points_ms, parallelism=parallelism, cpu_ms=cpu_ms, noise=noise)

    fitted = throttled if _is_throttled(levels_ms, noise=noise, otherwise=share(levels_ms)) else share
    law = msgspec.structs.replace(fitted(levels_ms), error_ratio=error_ratio(levels_ms, fitted))
    draws = []
    for _ in range(DRAWS):
        wider = math.sqrt(freedom / shuffle.gammavariate(freedom / 2, 2))
        drawn_ms = {
            mb: ms * math.exp(shuffle.gauss(0, math.hypot(wider * sampling[mb], host_spread)))
            for mb, ms in levels_ms.items()
        }
        drawn = fitted(drawn_ms)
        if parallelism is None:
            drawn = _perhaps_parallel(drawn, max(levels_ms), shuffle=shuffle)
        draws.append(_stray(_through(drawn_ms, drawn), shuffle))
    return Prediction(_through(levels_ms, law), tuple(draws))


def typical_ms(durations: Sequence[float]) -> float:
    """The mean without a fifth at either end, at least one of three: what a bill follows, but for outliers."""
    left_out = max(len(durations) // 5, 1 if len(durations) >= 3 else 0)
    kept = sorted(durations)[left_out : len(durations) - left_out]
    return sum(kept) / len(kept)


def _is_throttled(levels_ms: Mapping[int, float], *, noise: float, otherwise: Law) -> bool:
    """Whether the periods of the CPU quota are to be believed, rather than the law ``otherwise``."""
    if len(levels_ms) < 2 or min(levels_ms.values()) >= _SHORT_MS or otherwise.parallelism > _ONE_THREAD:
        return False
    explained = _CLOSER + 4 * noise * len(levels_ms)
    return squared_error(throttled(levels_ms), levels_ms) <= squared_error(otherwise, levels_ms) + explained


def _spread(pairs: Sequence[tuple[float, float]], *, sizes: int) -> tuple[float, int]:
    """The standard deviation of log duration around its level, outliers held in; and its degrees of freedom."""
    logs = [abs(math.log(ms / level_ms)) if ms > 0 else 0.0 for ms, level_ms in pairs]
    limit = max(_SPREAD, 3 * 1.4826 * median(logs))
    freedom = _SPREAD_WORTH + len(pairs) - sizes
    squares = _SPREAD_WORTH * _SPREAD**2 + sum(min(log, limit) ** 2 for log in logs)
    return math.sqrt(squares / freedom), freedom


def _perhaps_parallel(law: Law, top_mb: int, *, shuffle: Random) -> Law:
    """The law, or one of more parallel work, where the sizes that were run leave that open."""
    if law.mechanism is Mechanism.QUOTA or speed(top_mb, _PARALLELISM_MAX) > law.parallelism:
        return law
    rate = _MAY_BE_MORE_PARALLEL if law.parallelism > 1 else _MAY_BE_PARALLEL
    if shuffle.random() >= rate:
        return law
    return msgspec.structs.replace(law, parallelism=shuffle.uniform(law.parallelism, _PARALLELISM_MAX))


def _through(levels_ms: Mapping[int, float], law: Law) -> Curve:
    """The law bent to go through the points."""
    misses = tuple(math.log(ms / law.duration_ms(mb)) for mb, ms in levels_ms.items())
    return Curve(law, tuple(levels_ms), misses)


def _stray(curve: Curve, shuffle: Random) -> Curve:
    """The curve with what its law may miss between and beyond the points."""
    misses = dict(zip(curve.sizes_mb, curve.misses, strict=True))
    for mb in _STRAYS_MB:
        if mb not in misses:
            misses[mb] = curve.miss(mb) + shuffle.gauss(0, 1) * _deviation(mb, curve)
    sizes_mb = sorted(misses)
    return Curve(curve.law, tuple(sizes_mb), tuple(misses[mb] for mb in sizes_mb))


def _deviation(mb: int, curve: Curve) -> float:
    """The standard deviation of what the law misses at ``mb``, given what it does at the points."""

    def distance(near: int) -> float:
        by_speed = math.log2(speed(mb, curve.law.parallelism) / speed(near, curve.law.parallelism))
        return _MISS_BY_SPEED**2 * abs(by_speed) + _MISS_BY_MEMORY**2 * abs(math.log2(mb / near))

    return math.sqrt(_MISS[curve.law.mechanism] ** 2 + min(map(distance, curve.sizes_mb)))
