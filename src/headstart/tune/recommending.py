"""What is recommended for a goal, and what it saves against the present memory size."""

from collections.abc import Sequence

import msgspec

from headstart.model import pricing, tally
from headstart.model.sample import percentile
from headstart.model.tuning import Estimate, Goal, Objective, Recommendation
from headstart.tune.analysis import Analysis
from headstart.tune.bill import Bill
from headstart.tune.choice import Candidate


def goals(asked: Objective) -> list[Objective]:
    """Those that can be judged, the one that was asked for first."""
    judged = [goal for goal in Goal if goal is not Goal.SLO or asked.p99_ms is not None]
    return [asked, *(msgspec.structs.replace(asked, goal=goal) for goal in judged if goal is not asked.goal)]


def recommend(analysis: Analysis, objective: Objective) -> Recommendation:
    """The size for ``objective``, one that was measured if it is as good; or why there is none."""
    choice = analysis.choose(objective, measured=True)
    best, present = choice.best, analysis.present
    if best is None:
        return Recommendation(
            goal=objective.goal, memory_mb=None, probability=0.0, reason=_why_none(analysis, objective)
        )
    return Recommendation(
        goal=objective.goal,
        memory_mb=best.mb,
        probability=choice.probability,
        saves_ms=_saved(present.drawn_ms, best.drawn_ms, value=present.ms - best.ms) if present else None,
        saves_usd_month=_saved_usd_month(analysis.bill, present=present, best=best) if present else None,
    )


def _saved_usd_month(bill: Bill, *, present: Candidate, best: Candidate) -> Estimate:
    months = bill.traffic.invocations_per_month / pricing.MILLION
    drawn = ([usd * months for usd in each.drawn_usd] for each in (present, best))
    saved_usd = bill.usd_month(present.mb, present.ms) - bill.usd_month(best.mb, best.ms)
    return _saved(*drawn, value=float(saved_usd))


def _saved(present: Sequence[float], best: Sequence[float], *, value: float) -> Estimate:
    differences = [old - new for old, new in zip(present, best, strict=True)] or [value]
    return Estimate(value, min(value, percentile(differences, 2.5)), max(value, percentile(differences, 97.5)))


def _why_none(analysis: Analysis, objective: Objective) -> str:
    if analysis.candidates:
        best = min(analysis.candidates, key=lambda each: each.p99_ms)
        low_ms, high_ms = (percentile(best.drawn_p99_ms, percent) for percent in (2.5, 97.5))
        return (
            f"no memory size is expected to keep p99 under {objective.p99_ms:g} ms: the lowest, at {best.mb} MB, is "
            f"{best.p99_ms:.0f} ms ({low_ms:.0f} … {high_ms:.0f})"
        )
    reports = [report for seen in analysis.sizes.values() for report in seen.reports]
    if not reports:
        return "nothing was measured"
    failures = tally.failures(reports)
    return (
        f"no memory size that was tried can be used: {'; '.join(failures)}" if failures else "too little was measured"
    )
