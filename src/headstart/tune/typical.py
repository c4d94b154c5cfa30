"""Times of a mix of events as if all were of one event, so that sizes that got other events can be set side by side."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from headstart.model.sample import median

# Two factors of a table that has gaps are found in turn; it is close after a few rounds.
_ROUNDS = 5


class Timed(msgspec.Struct, frozen=True):
    """How long an event took."""

    event: str
    ms: float


def typical(samples: Mapping[int, Sequence[Timed]], shares: Mapping[str, float]) -> dict[int, list[float]]:
    """The times at each size, in ms, scattered as those of each event are around the typical one of the mix.

    That is the mean, by ``shares`` of the traffic, of each event's median; where an event was not seen at a size, of
    what the others make of it: each size and each event has a factor.
    """
    times = [(mb, timed.event, math.log(max(timed.ms, 1e-6))) for mb, found in samples.items() for timed in found]
    levels, factors = _factors(times)
    result = {}
    for mb, found in samples.items():
        if found:
            cells = {event: _cell(found, event, otherwise=levels[mb] + factor) for event, factor in factors.items()}
            mean_ms = _mean(cells, shares)
            result[mb] = [mean_ms * timed.ms / cells[timed.event] if cells[timed.event] else 0.0 for timed in found]
    return result


def _mean(cells: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """By share, of events that have one; else of all alike."""
    weights = {event: shares.get(event, 0.0) for event in cells}
    whole = sum(weights.values())
    if whole <= 0:
        return sum(cells.values()) / len(cells)
    return sum(weights[event] * ms for event, ms in cells.items()) / whole


def _factors(times: Sequence[tuple[int, str, float]]) -> tuple[dict[int, float], dict[str, float]]:
    """Log time is that of the size and the factor of the event: Tukey's median polish."""
    levels: dict[int, float] = {}
    factors = {event: 0.0 for _, event, _ in times}
    for _ in range(_ROUNDS):
        levels = {at: median([log - factors[event] for mb, event, log in times if mb == at]) for at, _, _ in times}
        factors = {of: median([log - levels[mb] for mb, event, log in times if event == of]) for of in factors}
    return levels, factors


def _cell(found: Sequence[Timed], event: str, *, otherwise: float) -> float:
    own = [timed.ms for timed in found if timed.event == event]
    return median(own) if own else math.exp(otherwise)
