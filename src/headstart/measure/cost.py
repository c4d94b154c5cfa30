"""What the function costs at its traffic, from the billed durations that were measured."""

from decimal import Decimal
from typing import Final

from headstart.model import pricing
from headstart.model.function import FunctionSpec
from headstart.model.results import ColdStartResult, CostResult, Traffic

_STEP: Final = Decimal("0.000001")


def cost(cold: ColdStartResult, spec: FunctionSpec, *, traffic: Traffic) -> CostResult:
    """Cost per million invocations and per month at list price.

    Cost is linear in billed milliseconds, so means are used, not medians: the mean billed duration of the warm
    invocations, and for the cold share the mean of what the first invocation and its init phase were billed.

    Raises:
        InvalidValueError: a region without a price.
    """
    cold_share = Decimal(str(traffic.cold_ratio))
    first_ms, init_ms = _mean_cold_ms(cold)
    warm_ms = Decimal(str(cold.warm_billed_ms)) if cold.warm else first_ms
    duration_ms = (1 - cold_share) * warm_ms + cold_share * first_ms
    init_share_ms = cold_share * init_ms
    parts = [
        pricing.request_usd(pricing.MILLION, spec.region),
        _per_million(duration_ms, spec),
        _per_million(init_share_ms, spec),
        pricing.MILLION
        * pricing.storage_usd(duration_ms + init_share_ms, spec.ephemeral_storage_mb, region=spec.region),
    ]
    request, duration, init, storage = (part.quantize(_STEP) for part in parts)
    total = request + duration + init + storage
    return CostResult(
        region=spec.region,
        architecture=spec.architecture,
        memory_size_mb=spec.memory.mb,
        traffic=traffic,
        request_per_million=request,
        duration_per_million=duration,
        init_per_million=init,
        storage_per_million=storage,
        total_per_million=total,
        total_per_month=(total * traffic.invocations_per_month / pricing.MILLION).quantize(_STEP),
        prices_as_of=pricing.AS_OF,
    )


def _per_million(billed_ms: Decimal, spec: FunctionSpec) -> Decimal:
    price = pricing.duration_usd(billed_ms, spec.memory, architecture=spec.architecture, region=spec.region)
    return pricing.MILLION * price


def _mean_cold_ms(cold: ColdStartResult) -> tuple[Decimal, Decimal]:
    """Mean billed ms of the first invocations: their duration, and what their init phase added."""
    if not cold.runs:
        return Decimal(0), Decimal(0)
    duration_ms = sum((Decimal(str(run.duration_ms)) for run in cold.runs), Decimal(0)) / len(cold.runs)
    billed_ms = Decimal(sum(run.billed_ms for run in cold.runs)) / len(cold.runs)
    return min(duration_ms, billed_ms), max(Decimal(0), billed_ms - duration_ms)
