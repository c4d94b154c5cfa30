"""What it takes and costs to start environments on demand, from snapshots, or provisioned."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from headstart.model import pricing
from headstart.model.function import FunctionSpec
from headstart.model.results import ColdStartResult, CostResult
from headstart.model.sample import Summary, summarize
from headstart.model.snapstart import RESTORE_MS, RESTORE_MS_HIGH, RESTORE_MS_LOW, Way

ON_DEMAND: Final = "on demand"
SNAP_START: Final = "SnapStart"
PROVISIONED: Final = "provisioned"
_MONTH_S: Final = 30 * 86_400
_STEP: Final = Decimal("0.000001")


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a function's starts; ``after_ms``: its hooks after a restore."""

    cold: ColdStartResult
    spec: FunctionSpec
    cost: CostResult
    after_ms: float = 0.0

    @property
    def colds_per_month(self) -> Decimal:
        """How many environments are started in a month."""
        traffic = self.cost.traffic
        return traffic.invocations_per_month * Decimal(str(traffic.cold_ratio))

    @property
    def memory_gb(self) -> Decimal:
        """The memory size."""
        return Decimal(self.spec.memory.mb) / 1024


def ways(start: Start) -> tuple[Way, ...]:
    """The three ways, on demand first. Nothing where no cold start was measured.

    Raises:
        InvalidValueError: a region without a price.
    """
    if not start.cold.init.n:
        return ()
    return _on_demand(start), _snap_start(start), _provisioned(start)


def break_even_s(spec: FunctionSpec) -> float:
    """The init, in s, that costs on demand as much as one restore, at any memory size."""
    restore_usd = pricing.snap_start_prices_of(spec.region).restore_usd
    second_usd = pricing.duration_usd(1000, spec.memory, architecture=spec.architecture, region=spec.region)
    return float(restore_usd * spec.memory.mb / 1024 / second_usd)


def verdict(compared: Sequence[Way], ruled_out: Sequence[str]) -> str:
    """One sentence: whether SnapStart pays, in ms and in USD."""
    if ruled_out:
        return f"SnapStart is not to be had: {'; '.join(ruled_out)}."
    if not compared:
        return "No cold start was measured, so nothing can be said of SnapStart."
    demand, snapshot, _ = compared
    usd = snapshot.usd_month - demand.usd_month
    money = f"{'costs' if usd >= 0 else 'saves'} ${abs(usd):,.2f} a month"
    saved = f"{demand.p50_ms - snapshot.high_ms:,.0f} to {demand.p50_ms - snapshot.low_ms:,.0f} ms"
    if demand.p50_ms > snapshot.high_ms:
        return f"SnapStart would bring the first answer about {saved} sooner, and {money}."
    if demand.p50_ms < snapshot.low_ms:
        later = f"{snapshot.low_ms - demand.p50_ms:,.0f} to {snapshot.high_ms - demand.p50_ms:,.0f} ms"
        return f"Leave SnapStart off: the first answer would come about {later} later, and it {money}."
    return f"Undecided: a restore may be slower or faster than this init, which only AWS can show; SnapStart {money}."


def _on_demand(start: Start) -> Way:
    first = _first_answer(start.cold)
    return Way(name=ON_DEMAND, p50_ms=first.median, p99_ms=first.p99, usd_month=start.cost.total_per_month)


def _snap_start(start: Start) -> Way:
    """Without init, with a restore for each cold start, and one version's snapshot kept all month."""
    prices, first = pricing.snap_start_prices_of(start.spec.region), start.cold.first_invocation
    then_ms = first.median + start.after_ms
    hooks_usd = pricing.duration_usd(
        Decimal(str(start.after_ms)), start.spec.memory, architecture=start.spec.architecture, region=start.spec.region
    )
    each_usd = prices.restore_usd * start.memory_gb + hooks_usd
    usd = (
        _month(start, start.cost.total_per_million - start.cost.init_per_million)
        + start.colds_per_month * each_usd
        + prices.cache_usd * start.memory_gb * _MONTH_S
    )
    return Way(
        name=SNAP_START,
        p50_ms=RESTORE_MS + then_ms,
        p99_ms=RESTORE_MS_HIGH + first.p99 + start.after_ms,
        usd_month=usd.quantize(_STEP),
        is_model=True,
        low_ms=RESTORE_MS_LOW + then_ms,
        high_ms=RESTORE_MS_HIGH + then_ms,
        why=f"a restore of {RESTORE_MS:,.0f} ms ({RESTORE_MS_LOW:,.0f} to {RESTORE_MS_HIGH:,.0f}), as few published "
        "figures have it; one published version",
    )


def _provisioned(start: Start) -> Way:
    """No init to wait for; as many environments as the traffic needs when it is even."""
    cost, first, prices = start.cost, start.cold.first_invocation, pricing.prices_of(start.spec.region)
    warm_ms = Decimal(str(start.cold.warm_billed_ms or first.median))
    busy_s = cost.traffic.invocations_per_month * warm_ms / 1000
    ready = max(1, math.ceil(busy_s / _MONTH_S))
    usd = (
        _month(start, cost.request_per_million + cost.storage_per_million)
        + busy_s * start.memory_gb * prices.provisioned_duration_usd
        + ready * start.memory_gb * prices.provisioned_allocation_usd * _MONTH_S
    )
    return Way(
        name=PROVISIONED,
        p50_ms=first.median,
        p99_ms=first.p99,
        usd_month=usd.quantize(_STEP),
        is_model=True,
        low_ms=first.median_low,
        high_ms=first.median_high,
        why=f"{ready:,} of them ready all month, enough for even traffic; at the price of x86_64",
    )


def _first_answer(cold: ColdStartResult) -> Summary:
    """Init and first invocation together, as Lambda would report them."""
    waits = [run.init.init_ms + run.duration_ms for run in cold.runs if run.init]
    return summarize(waits or [cold.init.median + cold.first_invocation.median])


def _month(start: Start, per_million: Decimal) -> Decimal:
    return per_million * start.cost.traffic.invocations_per_month / pricing.MILLION
