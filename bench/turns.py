"""Calls of several sides timed in turns, so that the machine's drift favours none."""

import time
from collections.abc import Callable, Mapping
from statistics import median

from rows import Row


def in_turns(
    sides: Mapping[str, Callable[[], object]], *, rounds: int, calls: int, between: Callable[[], object] | None = None
) -> dict[str, list[float]]:
    """Microseconds a call by side, the mean of ``calls`` in each round; ``between`` precedes each block, untimed."""
    times: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(rounds + 1):
        for side, call in sides.items():
            if between:
                between()
            begun = time.perf_counter_ns()
            for _ in range(calls):
                call()
            if number:  # the first round warms up
                times[side].append((time.perf_counter_ns() - begun) / 1000 / calls)
    return times


def spread(us: list[float], *, calls: int) -> str:
    """Median, least and count, for a row's last column."""
    return f"p50 {median(us):.3g}, min {min(us):.3g} us, n = {len(us)} x {calls}"


def ratio(times: Mapping[str, list[float]], ours: str, theirs: str, *, what: str, bar: str = "") -> Row:
    """A row with the ratio of the medians."""
    p50, against = median(times[ours]), median(times[theirs])
    return Row(what, p50 / against, "x", bar, f"p50 {p50:.3g} / {against:.3g} us, n = {len(times[ours])}")
