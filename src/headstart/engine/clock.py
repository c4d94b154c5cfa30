"""The one place where Headstart reads the clock and draws at random."""

import datetime
import os
import random
import time
from typing import Final, Protocol

# linux/posix-timers.h: the clock of a whole process, by its number.
_CPUCLOCK_SCHED: Final = 2


class Clock(Protocol):
    """Time and identity, as the engine uses them."""

    def now_s(self) -> float:
        """Unix time in s."""
        ...

    def ticks_ns(self) -> int:
        """A steady clock in ns, the same for every process of this machine."""
        ...

    def new_id(self) -> str:
        """A fresh UUID in lower case with dashes."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_s(self) -> float:
        """Unix time in s."""
        return time.time()

    def today(self) -> datetime.date:
        """The day in UTC."""
        return datetime.datetime.fromtimestamp(self.now_s(), datetime.UTC).date()

    def ticks_ns(self) -> int:
        """A steady clock in ns, the same for every process of this machine."""
        return time.perf_counter_ns()

    def new_id(self) -> str:
        """A fresh UUID in lower case with dashes."""
        digits = os.urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def cpu_clock_ns(pid: int) -> int:
    """CPU time of another process, of its ended threads too (Linux).

    Raises:
        OSError: there is no such process.
    """
    return time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED)


def randomness(seed: int | None = None) -> random.Random:
    """A source of random choices; the same ``seed`` makes the same choices."""
    return random.Random(seed)  # noqa: S311 (shuffles events, protects nothing)
