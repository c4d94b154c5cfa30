"""CPU of warm invocations: what they use at the configured size, and how long they take at other sizes."""

import math
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from headstart.model import pricing, tally
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.cpu_law import SIZES, Law, four_sizes, required_mb
from headstart.model.cpu_law import fit as fit_law
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport, Invoker
from headstart.model.progress import Progress
from headstart.model.results import CpuResult, CurvePoint
from headstart.model.sample import doubts, median, summarize

STAGE = "cpu"
# A size gets no further invocation once those it had took this long together.
BUDGET_MS = 5_000


class _Size(msgspec.Struct):
    """What was seen at one memory size: the cold invocation first, which does not count."""

    invoker: Invoker
    reports: list[InvocationReport] = []

    @property
    def mb(self) -> int:
        return self.invoker.spec.memory.mb

    @property
    def warm(self) -> list[InvocationReport]:
        return [report for report in self.reports if not report.cold and tally.environment_survived(report)]

    @property
    def survived(self) -> bool:
        return all(tally.environment_survived(report) for report in self.reports)

    @property
    def done(self) -> bool:
        spent_ms = sum(report.duration_ms for report in self.reports)
        return not self.survived or (spent_ms > BUDGET_MS and bool(self.warm))


async def measure(
    invoker: Invoker,
    events: Sequence[Event],
    *,
    runs: int = 10,
    sizes: Sequence[MemorySize] | None = None,
    progress: Progress,
) -> CpuResult:
    """Invoke warm up to ``runs`` times at each of ``sizes`` (default: four that suit the function), in turn.

    A size at which the environment dies is a point with that outcome. The environments of other sizes are closed.
    """
    configured = _Size(invoker)
    mix = tally.mix(events, runs)
    with tally.stage(progress, STAGE):
        configured.reports.append(await invoker.invoke(mix[0], fresh=True))
        wanted = sizes or four_sizes(invoker.spec.memory, configured.reports[0].max_memory_mb)
        others = [_Size(invoker.at_memory(size)) for size in wanted if size != invoker.spec.memory]
        try:
            for other in others:
                other.reports.append(await other.invoker.invoke(mix[0], fresh=True))
            await _in_turn([configured, *others], mix, progress=progress)
        finally:
            for other in others:
                await other.invoker.close()
    return _result(configured, sorted([configured, *others], key=lambda size: size.mb))


async def _in_turn(sizes: Sequence[_Size], events: Sequence[Event], *, progress: Progress) -> None:
    for event in events:
        for size in sizes:
            if not size.done:
                size.reports.append(await size.invoker.invoke(event))
        progress.advance(STAGE)


def _result(configured: _Size, sizes: Sequence[_Size]) -> CpuResult:
    spec = configured.invoker.spec
    parallelism = median([report.parallelism for report in configured.warm] or [0.0])
    cpu = summarize([report.cpu_ms for report in configured.warm])
    wall = summarize([report.duration_ms for report in configured.warm])
    fitting = [size for size in sizes if size.survived and size.warm]
    measured_ms = {size.mb: median([report.duration_ms for report in size.warm]) for size in fitting}
    law = fit_law(measured_ms, parallelism=parallelism, cpu_ms=cpu.median)
    measured = [_measured_point(size, spec) for size in sizes]
    needed_mb = required_mb(max((report.max_memory_mb for size in fitting for report in size.reports), default=0.0))
    rest = [mb for mb in SIZES if mb >= needed_mb and mb not in {size.mb for size in sizes}]
    computed = [_model_point(mb, law, spec=spec) for mb in rest] if law else []
    model = Caveat(CaveatCode.MODEL, f"sizes not run; median error {law.error_ratio:.0%}") if law and computed else None
    return CpuResult(
        cpu=cpu,
        wall=wall,
        parallelism=parallelism,
        curve=tuple(sorted([*measured, *computed], key=lambda point: point.memory_mb)),
        io_ms=law.io_ms if law else 0.0,
        cpu_ms=law.cpu_ms if law else 0.0,
        exponent=law.exponent if law else 1.0,
        model_error_ratio=law.error_ratio if law else 0.0,
        caveats=tally.distinct(
            tally.caveats_of([report for size in sizes for report in size.reports]),
            doubts(wall, what="warm invocations at the configured size"),
            (model,) if model else (),
        ),
    )


def _measured_point(size: _Size, spec: FunctionSpec) -> CurvePoint:
    """The point of a size that was run; without a warm invocation its times are those of the one that failed."""
    outcomes = [tally.outcome_name(report) for report in size.reports]
    durations = [report.duration_ms for report in size.warm] or [size.reports[-1].duration_ms]
    summary = summarize(durations)
    return CurvePoint(
        memory_mb=size.mb,
        duration_ms=summary.median,
        low_ms=summary.median_low,
        high_ms=summary.median_high,
        cost_usd_per_million=_usd_per_million(summary.median, size.mb, spec=spec),
        n=len(size.warm),
        outcome=next((outcome for outcome in outcomes if outcome != "succeeded"), "succeeded"),
    )


def _model_point(mb: int, law: Law, *, spec: FunctionSpec) -> CurvePoint:
    duration_ms = law.duration_ms(mb)
    return CurvePoint(
        memory_mb=mb,
        duration_ms=duration_ms,
        low_ms=max(0.0, duration_ms * (1 - law.error_ratio)),
        high_ms=duration_ms * (1 + law.error_ratio),
        cost_usd_per_million=_usd_per_million(duration_ms, mb, spec=spec),
        n=0,
    )


def _usd_per_million(duration_ms: float, mb: int, *, spec: FunctionSpec) -> Decimal:
    """Request and duration of a million invocations that each take the median duration."""
    price = pricing.duration_usd(
        math.ceil(duration_ms), MemorySize(mb), architecture=spec.architecture, region=spec.region
    )
    return pricing.MILLION * price + pricing.request_usd(pricing.MILLION, spec.region)
