"""How long an amount of CPU takes under Lambda's CPU quota: a small model of Linux's CFS bandwidth control."""

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import Final

from headstart.model import limits
from headstart.model.function import MemorySize

PERIOD_MS: Final = limits.CPU_PERIOD_US / 1000
# Running time is accounted at the timer tick, of 250 Hz. Measured on AWS at 128 MB: bursts of 3.94 ms, then 36 or 56 ms
# without CPU (EuroSys'26 "Demystifying Serverless Costs").
_TICK_MS: Final = 4.0
_TICKS: Final = round(PERIOD_MS / _TICK_MS)
# What a CPU takes from the quota of a period at a time. Source: sched_cfs_bandwidth_slice_us of Linux, its default.
_SLICE_MS: Final = 5.0
# Of the quota, what the environment's own processes use before Duration begins: with 2 ms the durations measured on AWS
# at 195 sizes are met within 7.6 % (mean); with none, what is computed here is 10 % too short.
_OWN_MS: Final = 2.0
# Moments of a period at which an invocation may begin, each as likely.
_BEGINS_MS: Final = tuple((step + 0.5) / 40 * PERIOD_MS for step in range(40))
# CPU up to which throttling is followed; from there on it is proportional.
_FOLLOWED_MS: Final = 160.0

# Amounts of CPU to choose from in a fit: 5 % apart.
CPU_MS: Final = tuple(0.25 * 1.05**step for step in range(134))

# CPU at which an invocation is throttled once more, ascending; and the time throttled up to each, and after the last.
_Steps = tuple[tuple[float, ...], tuple[float, ...]]


def duration_ms(cpu_ms: float, mb: int, *, begins_ms: float | None = None) -> float:
    """The Duration of ``cpu_ms`` of one thread at ``mb``, that begins so far into a period of the quota.

    By default the mean over all moments.
    """
    followed_ms = min(cpu_ms, _FOLLOWED_MS)
    marks_ms, throttled_ms = _mean_steps(mb) if begins_ms is None else _steps([begins_ms], mb=mb)
    duration = followed_ms + throttled_ms[bisect_left(marks_ms, followed_ms)]
    return duration + (cpu_ms - followed_ms) / min(1.0, MemorySize(mb).vcpu_share)


@lru_cache(maxsize=64)
def durations_ms(mb: int) -> tuple[float, ...]:
    """The Durations of all of ``CPU_MS`` at ``mb``."""
    return tuple(duration_ms(cpu_ms, mb) for cpu_ms in CPU_MS)


@lru_cache(maxsize=1024)
def _mean_steps(mb: int) -> _Steps:
    return _steps(_BEGINS_MS, mb=mb)


def _steps(begins_ms: tuple[float, ...] | list[float], *, mb: int) -> _Steps:
    """The steps of the mean over these moments."""
    share = MemorySize(mb).vcpu_share
    if share >= 1:
        return (), (0.0,)
    steps = sorted(step for begin_ms in begins_ms for step in _throttles(begin_ms, quota_ms=share * PERIOD_MS))
    waits = (wait_ms / len(begins_ms) for _, wait_ms in steps)
    return tuple(cpu_ms for cpu_ms, _ in steps), tuple(accumulate(waits, initial=0.0))


def _throttles(begin_ms: float, *, quota_ms: float) -> list[tuple[float, float]]:
    """(CPU used, time throttled then) of a thread that never waits.

    It runs on until the next tick when it has used up what it has, and then waits for the periods that pay it back.
    """
    found = []
    cpu_ms, clock_ms = 0.0, begin_ms
    has_ms = min(_SLICE_MS, quota_ms - _OWN_MS)
    pool_ms = quota_ms - _OWN_MS - has_ms
    tick = int(clock_ms // _TICK_MS) + 1
    while cpu_ms < _FOLLOWED_MS:
        ran_ms = tick * _TICK_MS - clock_ms
        cpu_ms, clock_ms, has_ms = cpu_ms + ran_ms, tick * _TICK_MS, has_ms - ran_ms
        if tick % _TICKS == 0:
            pool_ms = quota_ms
        if has_ms <= 0:
            taken_ms = min(pool_ms, _SLICE_MS - has_ms)
            pool_ms, has_ms = pool_ms - taken_ms, has_ms + taken_ms
        if has_ms <= 0:
            periods = int(-has_ms // quota_ms) + 1
            resumed = (tick // _TICKS + periods) * _TICKS
            pool_ms, has_ms = has_ms + periods * quota_ms, 0.0
            found.append((cpu_ms, (resumed - tick) * _TICK_MS))
            tick, clock_ms = resumed, resumed * _TICK_MS
        tick += 1
    return found
