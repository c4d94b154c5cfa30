"""The one module of the kit that reads the clock and randomness; elsewhere they are arguments."""

from __future__ import annotations

import time


def ticks_s() -> float:
    """Seconds that only grow, for durations within one invocation."""
    return time.monotonic()


def ticks_ns() -> int:
    """The finest clock that only grows, in ns, for short durations."""
    return time.perf_counter_ns()


def thread_use() -> tuple[float, int]:
    """CPU time that this thread has used, in seconds, and how often it gave the CPU away to wait; macOS counts that for
    the whole process.

    A thread that is throttled or pushed aside loses the CPU, which is not counted.
    """
    import resource

    usage = resource.getrusage(getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF))
    return usage.ru_utime + usage.ru_stime, usage.ru_nvcsw


def now_s() -> float:
    """Seconds since 1970-01-01 UTC. For what must stay true over a freeze, or after a snapshot is restored."""
    return time.time()


def chance() -> float:
    """A random number from 0 up to 1; after a snapshot or a fork each process has its own."""
    import os

    return int.from_bytes(os.urandom(7), "big") / (1 << 56)
