"""The one place where Headstart reads the clock and draws at random."""

import os
import random
import time
from typing import Protocol


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

    def ticks_ns(self) -> int:
        """A steady clock in ns, the same for every process of this machine."""
        return time.perf_counter_ns()

    def new_id(self) -> str:
        """A fresh UUID in lower case with dashes."""
        digits = os.urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def randomness(seed: int | None = None) -> random.Random:
    """A source of random choices; the same ``seed`` makes the same choices."""
    return random.Random(seed)  # noqa: S311 (shuffles events, protects nothing)
