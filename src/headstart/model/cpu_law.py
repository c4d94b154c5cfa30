"""The law t(m) = io + cpu · s(m)^-p that gives the duration at a memory size, and the sizes worth running for it."""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from headstart.model import cpu_quota, limits
from headstart.model.function import MemorySize
from headstart.model.sample import median

SIZES: Final = (128, 256, 512, 768, 1024, 1536, limits.MEMORY_MB_PER_VCPU, 2048, 3008, 4096, 5308, 7077, 8846, 10_240)
# What the exponent may be. Above 1: short functions pay for whole periods of the CPU quota. On 204 curves measured on
# AWS, three sizes with a free exponent predicted the others within 2.7 % (median), with 1 within 3.8 %.
_EXPONENTS: Final = tuple(tenths / 10 for tenths in range(8, 21))
_EXPONENT_POINTS_MIN: Final = 3
# How far exponents lie from 1, and parallelism from one thread (its logarithm), before anything is known, as a standard
# deviation: else they follow noise. And the least noise there is (relative standard deviation): what laws miss.
_SHAPE_SPREAD: Final = 0.22
MISS: Final = 0.012
# What parallelism may be where CPU time is unknown and only durations can tell.
_PARALLELISMS: Final = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0)
# A size below this times the memory used is not worth a run: it would go out of memory, or nearly.
_MEMORY_MARGIN: Final = 1.1


class Mechanism(StrEnum):
    """How a memory size bounds CPU: as a share of it, or, for short functions, by the periods of the CPU quota."""

    SHARE = "share"
    QUOTA = "quota"


class Law(msgspec.Struct, frozen=True):
    """t(m) = ``io_ms`` + ``cpu_ms`` · s^-``exponent``, s = min(m / 1769, ``parallelism`` but at least 1, vCPUs).

    Of the mechanism ``quota`` it is ``io_ms`` + cpu_quota.duration_ms(``cpu_ms``, m).
    """

    io_ms: float
    cpu_ms: float
    parallelism: float
    exponent: float = 1.0
    error_ratio: float = 0.0
    mechanism: Mechanism = Mechanism.SHARE

    def duration_ms(self, mb: int) -> float:
        """Warm duration at ``mb``."""
        if self.mechanism is Mechanism.QUOTA:
            return self.io_ms + cpu_quota.duration_ms(self.cpu_ms, mb)
        return self.io_ms + self.cpu_ms * math.pow(speed(mb, self.parallelism), -self.exponent)


@lru_cache(maxsize=4096)
def speed(mb: int, parallelism: float) -> float:
    """CPU-seconds per second that a function of this parallelism gets at ``mb``."""
    memory = MemorySize(mb)
    return min(memory.vcpu_share, max(1.0, parallelism), memory.visible_vcpus)


def fit(measured_ms: Mapping[int, float], *, parallelism: float | None, cpu_ms: float) -> Law | None:
    """The law that is ``closest`` to ``measured_ms`` (by MB), with its error; None without a point."""
    if not measured_ms:
        return None

    def fitted(points_ms: Mapping[int, float]) -> Law:
        return closest(points_ms, parallelism=parallelism, cpu_ms=cpu_ms)

    return msgspec.structs.replace(fitted(measured_ms), error_ratio=error_ratio(measured_ms, fitted))


def error_ratio(measured_ms: Mapping[int, float], fitted: Callable[[Mapping[int, float]], Law]) -> float:
    """The median over the points, each predicted from the others; with two or fewer, that of the fit itself."""
    errors = []
    for mb, duration_ms in measured_ms.items():
        others = (
            {other: ms for other, ms in measured_ms.items() if other != mb} if len(measured_ms) > 2 else measured_ms
        )
        errors.append(abs(fitted(others).duration_ms(mb) / duration_ms - 1) if duration_ms > 0 else 0.0)
    return median(errors)


def closest(measured_ms: Mapping[int, float], *, parallelism: float | None, cpu_ms: float, noise: float = 0.0) -> Law:
    """The law with the least relative squared error at ``measured_ms``, one point or more; neither part is negative.

    Where the sizes do not tell waiting from computing (all with the same speed) ``cpu_ms`` as measured does. A
    ``parallelism`` of None is judged by the sizes above one vCPU, and 1 where there are none. The greater ``noise``,
    the relative variance of the points, the farther they must be from a plain law for another shape.
    """
    can_tell = len(measured_ms) >= _EXPONENT_POINTS_MIN
    shapes = [(parallelism or 1.0, exponent) for exponent in (_EXPONENTS if can_tell else (1.0,))]
    if parallelism is None and can_tell and max(measured_ms) > limits.MEMORY_MB_PER_VCPU:
        shapes += [(several, 1.0) for several in _PARALLELISMS[1:]]
    laws = [_least_squares(measured_ms, parallelism=several, cpu_ms=cpu_ms, exponent=e) for several, e in shapes]

    def cost(law: Law) -> float:
        shape = (law.exponent - 1) ** 2 + math.log(law.parallelism) ** 2
        return squared_error(law, measured_ms) + shape * (MISS**2 + noise) / _SHAPE_SPREAD**2

    return min(laws, key=cost)


def throttled(measured_ms: Mapping[int, float]) -> Law:
    """The law of the CPU quota's periods, of one thread, with the least relative squared error at ``measured_ms``."""
    times_ms = [ms for ms in measured_ms.values() if ms > 0]
    columns = zip(*(cpu_quota.durations_ms(mb) for mb, ms in measured_ms.items() if ms > 0), strict=True)
    squares = sum(1 / ms**2 for ms in times_ms)
    best = (math.inf, 0.0, 0.0)
    for cpu_ms, column in zip(cpu_quota.CPU_MS, columns, strict=True):
        parts = [computed_ms / ms for computed_ms, ms in zip(column, times_ms, strict=True)]
        io_ms = max(0.0, sum((1 - part) / ms for part, ms in zip(parts, times_ms, strict=True)) / squares)
        error = sum((io_ms / ms + part - 1) ** 2 for part, ms in zip(parts, times_ms, strict=True))
        best = min(best, (error, io_ms, cpu_ms))
    _, io_ms, cpu_ms = best
    return Law(io_ms, cpu_ms, 1.0, mechanism=Mechanism.QUOTA)


def squared_error(law: Law, measured_ms: Mapping[int, float]) -> float:
    """The sum of the squared relative errors at ``measured_ms``."""
    return sum((law.duration_ms(mb) / ms - 1) ** 2 for mb, ms in measured_ms.items() if ms > 0)


def required_mb(max_memory_mb: float) -> int:
    """The least memory size that is worth running, given what was used."""
    return max(limits.MEMORY_MB_MIN, math.ceil(max_memory_mb * _MEMORY_MARGIN))


def four_sizes(configured: MemorySize, max_memory_mb: float) -> tuple[MemorySize, ...]:
    """The configured size, the lowest that has memory enough, one full vCPU, and what lies farthest from these."""
    enough = [mb for mb in SIZES if mb >= required_mb(max_memory_mb)] or [configured.mb]
    chosen = {configured.mb, enough[0]}
    if limits.MEMORY_MB_PER_VCPU in enough:
        chosen.add(limits.MEMORY_MB_PER_VCPU)
    top_mb = max(limits.MEMORY_MB_PER_VCPU, 2 * max(configured.mb, enough[0]))
    within = [mb for mb in enough if mb <= top_mb] if len(chosen) < 3 else [mb for mb in enough if mb <= max(chosen)]
    while len(chosen) < 4 and set(within) - chosen:
        chosen.add(max(set(within) - chosen, key=lambda mb: (_gap(mb, chosen), mb)))
    return tuple(MemorySize(mb) for mb in sorted(chosen))


def _gap(mb: int, chosen: set[int]) -> float:
    return min(abs(math.log2(mb / other)) for other in chosen)


def _least_squares(measured_ms: Mapping[int, float], *, parallelism: float, cpu_ms: float, exponent: float) -> Law:
    """Relative least squares in two unknowns; a negative one becomes 0 and the other is fitted alone."""
    rows = [(1 / ms, speed(mb, parallelism) ** -exponent / ms) for mb, ms in measured_ms.items() if ms > 0]
    a = sum(x * x for x, _ in rows)
    b = sum(x * y for x, y in rows)
    c = sum(y * y for _, y in rows)
    p, q = sum(x for x, _ in rows), sum(y for _, y in rows)
    determinant = a * c - b * b
    if determinant <= 1e-9 * a * c:
        return _split(measured_ms, parallelism=parallelism, cpu_ms=cpu_ms)
    io_ms, computed_ms = (c * p - b * q) / determinant, (a * q - b * p) / determinant
    if io_ms < 0:
        io_ms, computed_ms = 0.0, q / c
    elif computed_ms < 0:
        io_ms, computed_ms = p / a, 0.0
    return Law(io_ms, computed_ms, parallelism, exponent)


def _split(measured_ms: Mapping[int, float], *, parallelism: float, cpu_ms: float) -> Law:
    """The law from one speed: what CPU time does not explain is waiting."""
    duration_ms = median(list(measured_ms.values()))
    share = speed(min(measured_ms), parallelism)
    computed_ms = min(cpu_ms, duration_ms * share)
    return Law(max(0.0, duration_ms - computed_ms / share), computed_ms, parallelism)
