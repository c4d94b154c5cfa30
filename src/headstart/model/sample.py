"""Percentiles and intervals of measured samples: pure functions."""

import math
from collections.abc import Sequence

import msgspec

from headstart.model.caveats import Caveat, CaveatCode

# Normal quantile of a two-sided 95 % interval.
_Z_95 = 1.959964


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A sample in the figures that are shown: nearest-rank percentiles and a 95 % interval of the median."""

    n: int
    median: float
    p90: float
    p99: float
    low: float
    high: float
    median_low: float
    median_high: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of a non-empty sample."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The median of a non-empty sample; the mean of the two middle values when their number is even."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def summarize(values: Sequence[float]) -> Summary:
    """Summarize a sample; an empty one has n = 0 and zeros.

    The interval of the median is distribution-free: order statistics, at least 95 % from 6 values on.
    """
    if not values:
        return Summary(n=0, median=0.0, p90=0.0, p99=0.0, low=0.0, high=0.0, median_low=0.0, median_high=0.0)
    ordered = sorted(values)
    n = len(ordered)
    outside = max(0, math.floor((n - 1 - _Z_95 * math.sqrt(n)) / 2))
    return Summary(
        n=n,
        median=median(ordered),
        p90=percentile(ordered, 90),
        p99=percentile(ordered, 99),
        low=ordered[0],
        high=ordered[-1],
        median_low=ordered[outside],
        median_high=ordered[n - 1 - outside],
    )


def doubts(summary: Summary, *, what: str) -> tuple[Caveat, ...]:
    """TOO_FEW_RUNS under 10 values; WIDE_SPREAD when p90 is over 1.5 x the median."""
    found = []
    if summary.n < 10:
        found.append(Caveat(CaveatCode.TOO_FEW_RUNS, f"{what}: n = {summary.n}"))
    if summary.median > 0 and summary.p90 > 1.5 * summary.median:
        found.append(Caveat(CaveatCode.WIDE_SPREAD, f"{what}: p90 is {summary.p90 / summary.median:.1f} x the median"))
    return tuple(found)


def slope(values: Sequence[float]) -> tuple[float, float, float]:
    """Least-squares slope per step and its 95 % interval, as (slope, low, high); needs at least 3 values."""
    n = len(values)
    mean_x, mean_y = (n - 1) / 2, sum(values) / n
    spread_x = sum((x - mean_x) ** 2 for x in range(n))
    gradient = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values)) / spread_x
    residual = sum((y - mean_y - gradient * (x - mean_x)) ** 2 for x, y in enumerate(values))
    half = t_95(n - 2) * math.sqrt(residual / (n - 2) / spread_x)
    return gradient, gradient - half, gradient + half


def t_95(freedom: int) -> float:
    """Student's t for a two-sided 95 % interval, within 1 %, from 1 degree of freedom on.

    Source: Abramowitz and Stegun 26.7.5, an expansion around the normal quantile; 1 and 2 are exact.
    """
    if freedom <= 2:
        return (12.7062, 4.3027)[freedom - 1]
    z = _Z_95
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
