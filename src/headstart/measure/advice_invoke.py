"""Advice on the invoke phase: work that belongs in init, the memory size, the architecture."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from headstart.measure.advice_risk import least_memory_mb
from headstart.measure.findings import Findings
from headstart.model import pricing
from headstart.model.function import Architecture
from headstart.model.results import Advice, CurvePoint

WORK_IN_HANDLER: Final = "work-in-handler"
MEMORY_SIZE: Final = "memory-size"
ARM64: Final = "arm64"

_WORTH_MS: Final = 0.5
# A faster size may cost this much more, a cheaper one be this much slower, and must save this much.
_DEARER_RATIO: Final = Decimal("1.05")
_SLOWER_RATIO: Final = 1.1
_CHEAPER_RATIO: Final = Decimal("0.95")
_FASTER_RATIO: Final = 0.9
_WORTH_USD_MONTH: Final = Decimal("0.10")


def work_in_handler(findings: Findings) -> Iterator[Advice]:
    """SDK clients and sessions that invocations create again and again."""
    for work in findings.imports.handler_work:
        warm_ms = work.median_ms * work.calls / max(1, work.events)
        if warm_ms < _WORTH_MS:
            continue
        place = f"{work.path}:{work.line}"
        cold_ms = warm_ms * (1 - findings.share)
        yield Advice(
            id=WORK_IN_HANDLER,
            title=f"Create {work.what} once, in init",
            action=f"Move `{work.source.strip()}` at {place} to module level and use it from the handler.",
            evidence=(
                f"It ran {work.calls} times in {work.events} invocations, {work.median_ms:,.1f} ms each at "
                f"{findings.share:.2f} of a vCPU; in init it runs once per environment, at a full one."
            ),
            saves_cold_ms=cold_ms,
            saves_warm_ms=warm_ms,
            saves_usd_month=findings.usd_month(cold_ms=cold_ms, warm_ms=warm_ms),
            measured=False,
            place=place,
        )


def memory_size(findings: Findings) -> Iterator[Advice]:
    """The fastest size that costs about the same, else the cheapest that is about as fast; never one without room.

    A gain must show at the wrong end of the point's interval too, so that noise or the model's error is not advice.
    """
    curve = {point.memory_mb: point for point in findings.cpu.curve if point.outcome == "succeeded"}
    now = curve.pop(findings.function.memory_mb, None)
    if now is None or not now.n:
        return
    floor_mb = least_memory_mb(findings.memory.max_used_mb)
    others = [point for point in curve.values() if point.memory_mb >= floor_mb]
    bills = {point.memory_mb: _usd_per_million(findings, point) for point in (now, *others)}
    faster = [
        point
        for point in others
        if _is_faster(point, now) and bills[point.memory_mb] <= _DEARER_RATIO * bills[now.memory_mb]
    ]
    cheaper = [
        point
        for point in others
        if _is_as_fast(point, now) and bills[point.memory_mb] <= _CHEAPER_RATIO * bills[now.memory_mb]
    ]
    if faster:
        yield _another_size(
            findings, now=now, point=min(faster, key=lambda point: (point.duration_ms, point.memory_mb))
        )
    elif cheaper:
        yield _another_size(findings, now=now, point=min(cheaper, key=lambda point: bills[point.memory_mb]))


def arm64(findings: Findings) -> Iterator[Advice]:
    """The lower price of arm64, at the same duration; nothing was run on arm64."""
    cost = findings.cost
    if cost.architecture is Architecture.ARM64:
        return
    prices = pricing.prices_of(cost.region)
    saved_ratio = 1 - prices.duration_arm64_usd / prices.duration_x86_64_usd
    per_million = cost.duration_per_million + cost.init_per_million
    saves_usd = (per_million * saved_ratio * cost.traffic.invocations_per_month / pricing.MILLION).quantize(
        Decimal("0.000001")
    )
    if saves_usd < _WORTH_USD_MONTH:
        return
    yield Advice(
        id=ARM64,
        title="Try arm64",
        action='Set architecture = "arm64" with arm64 builds of compiled packages, and measure it on AWS.',
        evidence=(
            f"A GB-second costs {saved_ratio:.0%} less in {cost.region} (${prices.duration_arm64_usd} against "
            f"${prices.duration_x86_64_usd}); assumes the same duration, which was not measured."
        ),
        saves_cold_ms=0.0,
        saves_warm_ms=0.0,
        saves_usd_month=saves_usd,
        measured=False,
    )


def _is_faster(point: CurvePoint, now: CurvePoint) -> bool:
    """Faster for sure, by a tenth or more."""
    return point.high_ms < now.low_ms and point.duration_ms <= _FASTER_RATIO * now.duration_ms


def _is_as_fast(point: CurvePoint, now: CurvePoint) -> bool:
    """About as fast, even at the slow end of its interval."""
    return point.high_ms <= _SLOWER_RATIO * now.duration_ms


def _usd_per_million(findings: Findings, point: CurvePoint) -> Decimal:
    """What a million invocations cost at a size, their share of init too: that takes as long, at the size's price."""
    return point.cost_usd_per_million + findings.cost.init_per_million * point.memory_mb / findings.function.memory_mb


def _another_size(findings: Findings, *, now: CurvePoint, point: CurvePoint) -> Advice:
    million = Decimal(findings.cost.traffic.invocations_per_month) / pricing.MILLION
    now_usd, usd = _usd_per_million(findings, now), _usd_per_million(findings, point)
    saves_usd = (million * (now_usd - usd)).quantize(Decimal("0.000001"))
    saves_ms = now.duration_ms - point.duration_ms
    how = f"median of {point.n}" if point.n else f"computed, ± {findings.cpu.model_error_ratio:.0%}"
    trade = "dearer" if saves_usd < 0 else "slower" if saves_ms < 0 else ""
    return Advice(
        id=MEMORY_SIZE,
        title=f"Set the memory size to {point.memory_mb} MB",
        action=f"Set memory_mb = {point.memory_mb}" + (f"; it is slightly {trade}." if trade else "."),
        evidence=(
            f"A warm invocation takes {now.duration_ms:,.1f} ms at {now.memory_mb} MB (median of {now.n}) and "
            f"{point.duration_ms:,.1f} ms at {point.memory_mb} MB ({how}), for ${now_usd:.2f} and "
            f"${usd:.2f} per million with init; {findings.memory.max_used_mb:.0f} MB are used."
        ),
        saves_cold_ms=saves_ms,
        saves_warm_ms=saves_ms,
        saves_usd_month=saves_usd,
        measured=point.n > 0,
    )
