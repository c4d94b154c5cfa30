"""The result of a search, from its invocations alone: the journal gives the same again."""

from collections.abc import Sequence

import msgspec

from headstart.model import pricing
from headstart.model.cpu_law import SIZES
from headstart.model.invocation import InvocationReport
from headstart.model.sample import Summary, summarize
from headstart.model.tuning import Estimate, SizeResult, TunedFunction, TuneResult
from headstart.tune.analysis import Analysis
from headstart.tune.bill import spent_usd
from headstart.tune.doubts import doubts_of, predicted
from headstart.tune.other_architecture import other_architecture
from headstart.tune.recommending import goals, recommend
from headstart.tune.seen import Seen
from headstart.tune.subject import Subject

_NOTHING = Estimate(0.0, 0.0, 0.0)


class Ending(msgspec.Struct, frozen=True):
    """Why a search ended, and whether neither its budget nor an interrupt did it."""

    reason: str
    is_settled: bool


def result_of(reports: Sequence[InvocationReport], subject: Subject, *, ending: Ending) -> TuneResult:
    """What ``reports`` say, however the search that made them ended."""
    analysis, session = Analysis.of(reports, subject), subject.session
    recommendations = tuple(recommend(analysis, objective) for objective in goals(subject.options.objective))
    best_mb = recommendations[0].memory_mb
    best = next((each for each in analysis.candidates if each.mb == best_mb), None)
    return TuneResult(
        created=session.created,
        function=_function(subject),
        host=session.host,
        objective=subject.options.objective,
        traffic=subject.traffic,
        is_cold=subject.options.is_cold,
        sizes=_sizes(analysis, {each.memory_mb for each in recommendations if each.memory_mb is not None}),
        recommendations=recommendations,
        others=(other_architecture(analysis, best),) if best else (),
        law=analysis.prediction.law if analysis.prediction else None,
        parallelism=analysis.parallelism,
        invocations=len(reports),
        spent_usd=spent_usd(subject, analysis.sizes.values()),
        ended=ending.reason,
        is_settled=ending.is_settled,
        prices_as_of=pricing.AS_OF,
        tolerance_ratio=subject.options.tolerance_ratio,
        caveats=doubts_of(analysis, reports),
    )


def _function(subject: Subject) -> TunedFunction:
    spec = subject.spec
    return TunedFunction(
        name=spec.name,
        source=subject.session.source,
        runtime=spec.runtime,
        architecture=spec.architecture,
        region=spec.region,
        memory_mb=spec.memory.mb,
        timeout_s=spec.timeout_s,
        events=tuple(event.name for event in subject.events),
    )


def _sizes(analysis: Analysis, recommended: set[int]) -> tuple[SizeResult, ...]:
    """Those that were run, the present one, those recommended, and of the others the usual ones."""
    near_best = analysis.choice.near_best
    asked = analysis.subject.options.sizes
    usual = {*SIZES} if asked is None else {memory.mb for memory in asked}
    shown = {*analysis.sizes, *recommended, analysis.subject.spec.memory.mb, *usual}
    return tuple(
        _size(analysis, mb, near_best_ratio=near_best.get(mb, 0.0))
        for mb in sorted(shown)
        if mb in analysis.sizes or (analysis.prediction and analysis.is_possible(mb))
    )


def _size(analysis: Analysis, mb: int, *, near_best_ratio: float) -> SizeResult:
    seen = analysis.sizes.get(mb)
    reason = analysis.unusable.get(mb, "")
    prediction = None if reason else analysis.prediction
    tuned_ms = prediction.estimate(mb) if prediction else _NOTHING
    is_measured = seen is not None and (bool(reason) or bool(seen.tuned))
    return SizeResult(
        memory_mb=mb,
        is_measured=is_measured,
        outcomes=seen.outcomes if seen else {},
        warm=_summary(seen, "warm"),
        init=_summary(seen, "init"),
        first=_summary(seen, "first"),
        billed=_summary(seen, "billed"),
        max_memory_mb=seen.max_memory_mb if seen else 0.0,
        tuned_ms=tuned_ms,
        cost=analysis.bill.estimate(mb, tuned_ms) if prediction else _NOTHING,
        near_best_ratio=near_best_ratio,
        is_usable=not reason,
        reason=reason,
        caveats=predicted(analysis, mb) if prediction and not is_measured else (),
    )


def _summary(seen: Seen | None, what: str) -> Summary:
    if seen is None:
        return summarize([])
    values = {
        "warm": [report.duration_ms for report in seen.warm],
        "billed": [float(report.billed_ms) for report in seen.warm],
        "first": [report.duration_ms for report in seen.cold],
        "init": [report.init.init_ms for report in seen.cold if report.init],
    }
    return summarize(values[what])
