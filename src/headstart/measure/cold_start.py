"""Cold starts, split into their parts: fresh environments, each followed by warm invocations."""

from collections.abc import Sequence
from random import Random

from headstart.model import tally
from headstart.model.invocation import Event, InvocationReport, Invoker
from headstart.model.progress import Progress
from headstart.model.results import ColdStartResult
from headstart.model.sample import doubts, summarize

STAGE = "cold starts"


async def measure(
    invoker: Invoker,
    events: Sequence[Event],
    *,
    runs: int = 10,
    warm_per_environment: int = 5,
    shuffle: Random,
    progress: Progress,
) -> ColdStartResult:
    """Start ``runs`` environments with the events in proportion to their weights, in random order.

    A failed invocation is a row like any other; it is counted in ``failures``.
    """
    (result,) = await measure_interleaved(
        [invoker],
        events,
        runs=runs,
        warm_per_environment=warm_per_environment,
        shuffle=shuffle,
        progress=progress,
    )
    return result


async def measure_interleaved(
    invokers: Sequence[Invoker],
    events: Sequence[Event],
    *,
    runs: int = 10,
    warm_per_environment: int = 5,
    shuffle: Random,
    progress: Progress,
) -> tuple[ColdStartResult, ...]:
    """Measure several functions in turn with the same events, so that drift of the host favours none of them."""
    cold_events = tally.mix(events, runs)
    warm_events = tally.mix(events, runs * warm_per_environment)
    shuffle.shuffle(cold_events)
    shuffle.shuffle(warm_events)
    rows: list[list[InvocationReport]] = [[] for _ in invokers]
    with tally.stage(progress, STAGE, total=runs * len(invokers)):
        for run, event in enumerate(cold_events):
            warm = warm_events[run * warm_per_environment : (run + 1) * warm_per_environment]
            for invoker, reports in zip(invokers, rows, strict=True):
                reports.extend(await _one_environment(invoker, cold=event, warm=warm))
                progress.advance(STAGE)
    return tuple(_result(reports, runs) for reports in rows)


async def _one_environment(invoker: Invoker, *, cold: Event, warm: Sequence[Event]) -> list[InvocationReport]:
    reports = [await invoker.invoke(cold, fresh=True)]
    for event in warm:
        if not tally.environment_survived(reports[-1]):
            break
        reports.append(await invoker.invoke(event))
    return reports


def _result(reports: list[InvocationReport], runs: int) -> ColdStartResult:
    cold = tuple(report for report in reports if report.cold)
    warm = [report for report in reports if not report.cold]
    inits = [report.init for report in cold if report.init]
    init = summarize([init.init_ms for init in inits])
    total = summarize(
        [init.creation_ms + init.init_ms + row.duration_ms for init, row in zip(inits, cold, strict=True)]
    )
    warm_summary = summarize([report.duration_ms for report in warm]) if warm else None
    return ColdStartResult(
        environments=runs,
        creation=summarize([init.creation_ms for init in inits]),
        boot=summarize([init.boot_ms for init in inits]),
        function_init=summarize([init.function_ms for init in inits]),
        init=init,
        first_invocation=summarize([report.duration_ms for report in cold]),
        total=total,
        warm=warm_summary,
        failures=tally.failures(reports),
        runs=cold,
        warm_billed_ms=sum(report.billed_ms for report in warm) / len(warm) if warm else 0.0,
        caveats=tally.distinct(
            tally.caveats_of(reports),
            doubts(init, what="init"),
            doubts(total, what="cold start"),
            doubts(warm_summary, what="warm invocations") if warm_summary else (),
        ),
    )
