"""What to measure next: the decision that the search turns on."""

from typing import Final

from headstart.tune.analysis import Analysis
from headstart.tune.choice import Choice
from headstart.tune.sizes import between, is_measurable, near

# A choice is settled that is within the tolerance of the best, or that none is possible, with this probability.
_SURE: Final = 0.95


def next_sizes(analysis: Analysis) -> frozenset[int]:
    """The sizes to invoke in turn; none where the choice is settled.

    A best size that was not measured is, beside the best of those that were: what changes on the host or on AWS in the
    meantime changes both. Else the one that is the most likely to be better.
    """
    objective = analysis.subject.options.objective
    ideal, known = analysis.choose(objective), analysis.choose(objective, measured=True)
    reference = known.best.mb if known.best and known.best.is_measured else max(analysis.measured_mb)
    unknown = _unmeasured(known, analysis)
    if unknown is None and _is_sure(known):
        return frozenset()
    wanted = unknown or _unmeasured(ideal, analysis) or _rival(ideal, analysis)
    return frozenset({reference, *([wanted] if wanted else [])})


def _is_sure(choice: Choice) -> bool:
    if choice.best is None:
        return max(choice.near_best.values(), default=0.0) <= 1 - _SURE
    return choice.probability >= _SURE


def _unmeasured(choice: Choice, analysis: Analysis) -> int | None:
    """The best size, if it can and need be measured: the next to it that this machine can run, and not on the way down
    to a size that failed but halfway there."""
    within = _measurable(analysis)
    if choice.best is None or not within:
        return None
    if choice.best.is_risky:
        mb = between(analysis.failed_mb, min(analysis.measured_mb))
    else:
        mb = min(choice.best.mb, max(within))
    return None if near(mb, analysis.measured_mb) else mb


def _rival(choice: Choice, analysis: Analysis) -> int | None:
    """The one that is the most likely to be the best, but for those next to the best; measured already or not."""
    chosen = [choice.best.mb] if choice.best else []
    odds = {mb: choice.is_best[mb] for mb in _measurable(analysis) if not near(mb, chosen)}
    if not any(odds.values()):
        return None
    mb = max(odds, key=odds.__getitem__)
    return near(mb, analysis.measured_mb) or mb


def _measurable(analysis: Analysis) -> list[int]:
    return [each.mb for each in analysis.candidates if is_measurable(each.mb, analysis.subject.options.cpus)]
