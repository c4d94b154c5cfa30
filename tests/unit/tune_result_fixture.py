"""A realistic result of tuning, and unusual ones, for the tests of its reports and of its command."""

from decimal import Decimal

import msgspec

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.cpu_law import Law
from headstart.model.function import Architecture
from headstart.model.results import HostFacts, Traffic
from headstart.model.sample import summarize
from headstart.model.tuning import (
    Estimate,
    Goal,
    Objective,
    OtherArchitecture,
    Recommendation,
    SizeResult,
    TunedFunction,
    TuneResult,
)

_NOTHING = summarize(())
_SPREAD = (0.97, 0.99, 1.0, 1.01, 1.06)


def measured(mb: int, ms: float, usd: float, *, near_best_ratio: float) -> SizeResult:
    """A size that was measured five times around ``ms``."""
    warm = summarize([ms * factor for factor in _SPREAD])
    return SizeResult(
        memory_mb=mb,
        is_measured=True,
        outcomes={"succeeded": 6},
        warm=warm,
        init=summarize([310.4]),
        first=summarize([ms * 1.9]),
        billed=summarize([float(round(value + 0.5)) for value in (ms * factor for factor in _SPREAD)]),
        max_memory_mb=151.0,
        tuned_ms=Estimate(ms, warm.median_low, warm.median_high),
        cost=Estimate(usd, usd * 0.96, usd * 1.05),
        near_best_ratio=near_best_ratio,
    )


def predicted(mb: int, ms: float, usd: float, *, near_best_ratio: float) -> SizeResult:
    """A size of which the model says ``ms``."""
    return SizeResult(
        memory_mb=mb,
        is_measured=False,
        outcomes={},
        warm=_NOTHING,
        init=_NOTHING,
        first=_NOTHING,
        billed=_NOTHING,
        max_memory_mb=0.0,
        tuned_ms=Estimate(ms, ms * 0.9, ms * 1.1),
        cost=Estimate(usd, usd * 0.9, usd * 1.1),
        near_best_ratio=near_best_ratio,
        caveats=(Caveat(CaveatCode.MODEL, f"{mb} MB"),),
    )


def unusable(mb: int, *, reason: str, **outcomes: int) -> SizeResult:
    """A size at which nothing succeeded."""
    return msgspec.structs.replace(
        predicted(mb, 0.0, 0.0, near_best_ratio=0.0),
        is_measured=True,
        is_usable=False,
        reason=reason,
        outcomes={name.replace("_", "."): count for name, count in outcomes.items()},
        caveats=(),
    )


SIZES = (
    unusable(128, reason="out of memory", Runtime_OutOfMemory=1),
    measured(256, 402.0, 1.91, near_best_ratio=0.31),
    measured(512, 181.3, 1.69, near_best_ratio=0.97),
    predicted(768, 150.0, 2.01, near_best_ratio=0.08),
    measured(1024, 167.9, 2.45, near_best_ratio=0.0),
    measured(1769, 98.0, 2.92, near_best_ratio=0.0),
    predicted(3008, 97.0, 4.81, near_best_ratio=0.0),
)

FUNCTION = TunedFunction(
    name="invoice",
    source="examples/invoice/function",
    runtime="python3.11",
    architecture=Architecture.X86_64,
    region="eu-central-1",
    memory_mb=1024,
    timeout_s=30,
    events=("monthly invoice", "empty"),
)

HOST = HostFacts(
    platform="Linux-6.18-x86_64",
    cpus=2,
    python="3.11.9",
    headstart="0.5.0",
    cpu="control group, 20 ms period",
    memory="control group",
    freeze="control group",
    files="mount namespace",
)


def tune_result() -> TuneResult:
    """A function that runs out of memory at 128 MB, is deployed with 1,024 and should have 512."""
    return TuneResult(
        created="2026-11-25T21:00:00+00:00",
        function=FUNCTION,
        host=HOST,
        objective=Objective(),
        traffic=Traffic(invocations_per_month=1_000_000),
        is_cold=False,
        sizes=SIZES,
        recommendations=(
            Recommendation(
                goal=Goal.COST,
                memory_mb=512,
                probability=0.97,
                saves_ms=Estimate(-13.4, -16.0, -10.9),
                saves_usd_month=Estimate(0.76, 0.7, 0.82),
            ),
            Recommendation(goal=Goal.SPEED, memory_mb=3008, probability=0.61),
            Recommendation(goal=Goal.BALANCED, memory_mb=512, probability=0.9),
        ),
        others=(
            OtherArchitecture(
                architecture=Architecture.ARM64,
                memory_mb=512,
                tuned_ms=Estimate(181.3, 145.0, 218.0),
                cost=Estimate(1.39, 1.15, 1.66),
            ),
        ),
        law=Law(64.2, 34.0, 1.0, 1.1, 0.021),
        parallelism=1.0,
        invocations=17,
        spent_usd=Decimal("0.0000291"),
        ended="the choice is settled: 512 MB is within 5 % of the cheapest with 97 % probability",
        is_settled=True,
        prices_as_of="2026-07",
        caveats=(Caveat(CaveatCode.CONTENDED_HOST, "7 % of the wall time was lost"),),
    )


def nothing_fits() -> TuneResult:
    """No size meets the limit that was asked for."""
    reason = "no size has a p99 of 50 ms or less; the lowest is 104 ms at 1,769 MB"
    return msgspec.structs.replace(
        tune_result(),
        objective=Objective(goal=Goal.SLO, p99_ms=50),
        recommendations=(
            Recommendation(goal=Goal.SLO, memory_mb=None, probability=0.0, reason=reason),
            Recommendation(goal=Goal.COST, memory_mb=512, probability=0.97),
        ),
    )


def all_failed() -> TuneResult:
    """The function failed at every size."""
    return msgspec.structs.replace(
        tune_result(),
        sizes=(
            unusable(128, reason="never answered: ValueError", ValueError=2),
            unusable(1024, reason="never answered: ValueError", ValueError=2),
            unusable(10_240, reason="never answered: ValueError", ValueError=1),
        ),
        recommendations=(
            Recommendation(goal=Goal.COST, memory_mb=None, probability=0.0, reason="every invocation failed"),
        ),
        others=(),
        law=None,
        parallelism=None,
        invocations=5,
        ended="every size failed",
        is_settled=False,
    )


def interrupted() -> TuneResult:
    """Ctrl-C after a few invocations: one size measured, nothing predicted."""
    return msgspec.structs.replace(
        tune_result(),
        host=None,
        sizes=(SIZES[4],),
        recommendations=(),
        others=(),
        law=None,
        parallelism=None,
        invocations=3,
        ended="interrupted",
        is_settled=False,
        caveats=(),
    )
