"""Which memory size is the best for a goal, and how surely: scores over what the durations may be."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from headstart.model.gain import SAME_RATIO
from headstart.model.tuning import Goal, Objective

# A limit is kept where it is in so many of the draws.
_SURE: Final = 0.8


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One size: what is expected of it, and in each draw. ``p99_ms`` is that of its durations.

    ``is_risky``: smaller than all that were measured, while one that is smaller still failed.
    """

    mb: int
    is_measured: bool
    is_risky: bool
    ms: float
    usd: float
    p99_ms: float
    drawn_ms: tuple[float, ...]
    drawn_usd: tuple[float, ...]
    drawn_p99_ms: tuple[float, ...]

    def keeps(self, limit_ms: float) -> float:
        """The probability that p99 is not above ``limit_ms``."""
        return sum(p99_ms <= limit_ms for p99_ms in self.drawn_p99_ms) / max(1, len(self.drawn_p99_ms))


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """``best`` is None where no candidate meets the goal. ``near_best`` and ``is_best`` are, by size, the probabilities
    of being within the tolerance of the best, and of being it."""

    best: Candidate | None
    near_best: Mapping[int, float]
    is_best: Mapping[int, float]

    @property
    def probability(self) -> float:
        """That the one chosen is within the tolerance of the best."""
        return self.near_best[self.best.mb] if self.best else 0.0


def choose(
    candidates: Sequence[Candidate], objective: Objective, *, tolerance: float, measured: bool = False
) -> Choice:
    """The best for ``objective``. Of those as good as it, the fastest; where speed is the goal, the cheapest.

    With ``measured`` one that was measured, unless all of these are expected to be worse by more than ``tolerance``;
    and none that is risky.
    """
    near_best, is_best = _odds(candidates, objective, tolerance=tolerance)
    meeting = [each for each in candidates if _meets(each, objective) and not (measured and each.is_risky)]
    pick = _pick(meeting, objective) if meeting else None
    if pick and measured and not pick.is_measured:
        known = [each for each in meeting if each.is_measured]
        instead = _pick(known, objective) if known else None
        if instead and _score(instead, objective) <= (1 + tolerance) * _score(pick, objective):
            pick = instead
    return Choice(best=pick, near_best=near_best, is_best=is_best)


def _pick(candidates: Sequence[Candidate], objective: Objective) -> Candidate:
    least = min(_score(each, objective) for each in candidates)
    alike = [each for each in candidates if _score(each, objective) <= (1 + SAME_RATIO) * least]
    if objective.goal is Goal.SPEED:
        return min(alike, key=lambda each: (each.usd, each.mb))
    return min(alike, key=lambda each: (each.ms, each.mb))


def _meets(each: Candidate, objective: Objective) -> bool:
    limit_ms = objective.p99_ms
    if objective.goal is not Goal.SLO or limit_ms is None:
        return True
    return each.p99_ms <= limit_ms and each.keeps(limit_ms) >= _SURE


def _score(each: Candidate, objective: Objective) -> float:
    return _weighed(each.ms, each.usd, objective=objective)


def _weighed(ms: float, usd: float, *, objective: Objective) -> float:
    """What is to be low. A weighing is by ratio, so that neither the sizes compared nor the units matter."""
    if objective.goal is Goal.SPEED:
        return ms
    if objective.goal is Goal.BALANCED:
        return float(usd**objective.weight * ms ** (1 - objective.weight))
    return usd


def _odds(
    candidates: Sequence[Candidate], objective: Objective, *, tolerance: float
) -> tuple[dict[int, float], dict[int, float]]:
    """How often each is within the tolerance of the best of a draw, and how often it is that."""
    near: dict[int, int] = {each.mb: 0 for each in candidates}
    first: dict[int, int] = dict(near)
    draws = min((len(each.drawn_ms) for each in candidates), default=0)
    limit_ms = objective.p99_ms if objective.goal is Goal.SLO else None
    for draw in range(draws):
        scores = {
            each.mb: _weighed(each.drawn_ms[draw], each.drawn_usd[draw], objective=objective)
            for each in candidates
            if limit_ms is None or each.drawn_p99_ms[draw] <= limit_ms
        }
        if not scores:
            continue
        best = min(scores, key=scores.__getitem__)
        first[best] += 1
        for mb, score in scores.items():
            near[mb] += score <= (1 + tolerance) * scores[best]
    share = 1 / max(1, draws)
    return {mb: count * share for mb, count in near.items()}, {mb: count * share for mb, count in first.items()}
