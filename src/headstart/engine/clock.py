"""The one place where Headstart reads the clock and draws at random."""

import random
import time
import uuid
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
        return str(uuid.uuid4())


def randomness(seed: int | None = None) -> random.Random:
    """A source of random choices; the same ``seed`` makes the same choices."""
    return random.Random(seed)  # noqa: S311 (shuffles events, protects nothing)
