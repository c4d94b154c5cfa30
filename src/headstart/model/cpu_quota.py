"""How long an amount of CPU takes under Lambda's CPU quota: a small model of Linux's CFS bandwidth control."""

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import Final

from headstart.model import limits
from headstart.model.function import MemorySize

_PERIOD_MS: Final = limits.CPU_PERIOD_US / 1000
# Running time is accounted at the timer tick, of 250 Hz. Measured on AWS at 128 MB: bursts of 3.94 ms, then 36 or 56 ms
# without CPU (EuroSys'26 "Demystifying Serverless Costs").
_TICK_MS: Final = 4.0
_TICKS: Final = round(_PERIOD_MS / _TICK_MS)
# What a CPU takes from the quota of a period at a time. Source: sched_cfs_bandwidth_slice_us of Linux, its default.
_SLICE_MS: Final = 5.0
# Moments of a period at which an invocation may begin, each as likely.
_PHASES: Final = 40
# CPU up to which throttling is followed; from there on it is proportional.
_FOLLOWED_MS: Final = 160.0


def duration_ms(cpu_ms: float, mb: int) -> float:
    """The mean Duration of ``cpu_ms`` of CPU of one thread at ``mb``, over the moments at which it may begin."""
    followed_ms = min(cpu_ms, _FOLLOWED_MS)
    thresholds, throttled_ms = _staircase(mb)
    duration = followed_ms + throttled_ms[bisect_left(thresholds, followed_ms)]
    return duration + (cpu_ms - followed_ms) / min(1.0, MemorySize(mb).vcpu_share)


@lru_cache(maxsize=1024)
def _staircase(mb: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """CPU beyond which an invocation is throttled once more, ascending; and the mean time throttled up to each of them.

    The second has one more: the time after the last.
    """
    share = MemorySize(mb).vcpu_share
    if share >= 1:
        return (), (0.0,)
    steps = sorted(step for phase in range(_PHASES) for step in _throttles(share * _PERIOD_MS, (phase + 0.5) / _PHASES))
    return tuple(cpu_ms for cpu_ms, _ in steps), tuple(accumulate((ms / _PHASES for _, ms in steps), initial=0.0))


def _throttles(quota_ms: float, phase: float) -> list[tuple[float, float]]:
    """(CPU used, time throttled then), of a thread that begins at this part of a period.

    The thread overruns what it has until the next tick, and then waits for as many periods as pay back the debt.
    """
    found = []
    cpu_ms, clock_ms = 0.0, phase * _PERIOD_MS
    taken_ms = min(_SLICE_MS, quota_ms)
    pool_ms, has_ms = quota_ms - taken_ms, taken_ms
    tick = int(clock_ms // _TICK_MS) + 1
    while cpu_ms < _FOLLOWED_MS:
        ran_ms = tick * _TICK_MS - clock_ms
        cpu_ms, clock_ms = cpu_ms + ran_ms, tick * _TICK_MS
        has_ms -= ran_ms
        if tick % _TICKS == 0:
            pool_ms = quota_ms
        if has_ms <= 0:
            taken_ms = min(pool_ms, _SLICE_MS - has_ms)
            pool_ms, has_ms = pool_ms - taken_ms, has_ms + taken_ms
        if has_ms <= 0:
            resumed = (tick // _TICKS + 1) * _TICKS
            while has_ms + quota_ms <= 0:
                has_ms += quota_ms
                resumed += _TICKS
            pool_ms, has_ms = quota_ms + has_ms, 0.0
            found.append((cpu_ms, (resumed - tick) * _TICK_MS))
            tick, clock_ms = resumed, resumed * _TICK_MS
        tick += 1
    return found
