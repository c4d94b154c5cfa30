"""Memory over the life of one environment: peaks, growth over warm invocations, and what holds it."""

from collections.abc import Sequence
from itertools import pairwise

from headstart.measure import profiling
from headstart.model import tally
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import Event, InvocationReport, Invoker, Profiler
from headstart.model.progress import Progress
from headstart.model.results import AllocationSite, MemoryResult
from headstart.model.sample import median, slope

STAGE = "memory"
PROBE = "probe_allocations"
LEAK_MB_PER_1000 = 1.0
# A slow function gets fewer invocations than asked for once they have taken this long, but never fewer than these.
BUDGET_MS = 30_000
INVOCATIONS_MIN = 12
# Growth that may be warming up must last this many times longer to count as a leak.
CONFIRM_RATIO = 2
# Enough for what grows to stand out among what is held.
PROFILED_INVOCATIONS = 20
_QUARTERS = 4


async def measure(
    invoker: Invoker,
    events: Sequence[Event],
    *,
    invocations: int = 60,
    progress: Progress,
    profiler: Profiler | None = None,
) -> MemoryResult:
    """Send ``invocations`` warm events to one fresh environment; with ``profiler`` also find what holds memory.

    When memory seems to grow the same environment gets twice as many more, to tell a leak from warming up. Ends early
    when the environment dies, or after 30 s of durations.

    Raises:
        LabError: the probe that finds what holds memory failed.
    """
    mix = tally.mix(events, 1 + invocations * (1 + CONFIRM_RATIO))
    with tally.stage(progress, STAGE, total=invocations + 1):
        reports: list[InvocationReport] = []
        await _live_on(reports, mix[: invocations + 1], invoker=invoker, progress=progress)
        if from_reports(reports, memory_size_mb=invoker.spec.memory.mb).leaks:
            await _live_on(reports, mix[invocations + 1 :], invoker=invoker, progress=progress)
        sites = await _allocations(profiler, events) if profiler else ()
    return from_reports(reports, memory_size_mb=invoker.spec.memory.mb, allocations=sites)


def from_reports(
    reports: Sequence[InvocationReport], *, memory_size_mb: int, allocations: tuple[AllocationSite, ...] = ()
) -> MemoryResult:
    """What one environment's invocations, the cold one first, say about its memory."""
    series = tuple(report.memory_mb for report in reports if not report.cold)
    later = series[len(series) // 2 :]
    growth, low, high = (1000 * value for value in slope(later)) if len(later) >= 3 else (0.0, 0.0, 0.0)
    few = Caveat(CaveatCode.TOO_FEW_RUNS, f"growth of memory: n = {len(series)}")
    return MemoryResult(
        memory_size_mb=memory_size_mb,
        peak_init_mb=max((report.init.peak_memory_mb for report in reports if report.init), default=0.0),
        peak_invoke_mb=max(report.max_memory_mb for report in reports),
        max_used_mb=max(max(report.max_memory_mb, _init_peak_mb(report)) for report in reports),
        series_mb=series,
        growth_mb_per_1000=growth,
        growth_low=low,
        growth_high=high,
        leaks=low > 0 and growth > LEAK_MB_PER_1000 and _climbs(later),
        allocations=allocations,
        caveats=tally.distinct(tally.caveats_of(reports), (few,) if len(series) < 20 else ()),
    )


async def _live_on(
    reports: list[InvocationReport], events: Sequence[Event], *, invoker: Invoker, progress: Progress
) -> None:
    """Append a report for each event, while the environment lives and the budget lasts."""
    for event in events:
        spent_ms = sum(report.duration_ms for report in reports)
        if reports and not tally.environment_survived(reports[-1]):
            return
        if spent_ms > BUDGET_MS and len(reports) > INVOCATIONS_MIN:
            return
        reports.append(await invoker.invoke(event, fresh=not reports))
        progress.advance(STAGE)


def _init_peak_mb(report: InvocationReport) -> float:
    return report.init.peak_memory_mb if report.init else 0.0


def _climbs(series: Sequence[float]) -> bool:
    """Whether each quarter's median is above the one before, and the last rise at least half of the first."""
    if len(series) < _QUARTERS:
        return False
    cuts = [len(series) * quarter // _QUARTERS for quarter in range(_QUARTERS + 1)]
    medians = [median(series[start:end]) for start, end in pairwise(cuts)]
    rises = [later - earlier for earlier, later in pairwise(medians)]
    return min(rises) > 0 and rises[-1] >= rises[0] / 2


async def _allocations(profiler: Profiler, events: Sequence[Event]) -> tuple[AllocationSite, ...]:
    record = await profiling.record(profiler, PROBE, events=tally.mix(events, PROFILED_INVOCATIONS))
    return tuple(
        AllocationSite(
            path=site["path"],
            line=site["line"],
            source=site["source"],
            mb=site["bytes"] / (1024 * 1024),
            blocks=site["blocks"],
        )
        for site in record.get("sites", ())
    )
