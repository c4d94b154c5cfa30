"""What the advice is drawn from: every measurement of one function, and what a millisecond of it is worth."""

from decimal import Decimal

import msgspec

from headstart.model import pricing
from headstart.model.function import MemorySize
from headstart.model.results import (
    ColdStartResult,
    CostResult,
    CpuResult,
    FunctionFacts,
    ImportsResult,
    MemoryResult,
)


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements of one function. ``precompiled``: cold starts of its copy with bytecode, run in turn with it."""

    function: FunctionFacts
    cold_start: ColdStartResult
    imports: ImportsResult
    memory: MemoryResult
    cpu: CpuResult
    cost: CostResult
    precompiled: ColdStartResult | None = None

    @property
    def memory_size(self) -> MemorySize:
        """The configured memory size."""
        return MemorySize(self.function.memory_mb)

    @property
    def share(self) -> float:
        """The part of a vCPU that one thread gets during an invocation; init gets all of one."""
        return min(1.0, self.memory_size.vcpu_share)

    def usd_month(self, *, cold_ms: float = 0.0, warm_ms: float = 0.0) -> Decimal:
        """USD per month of ``cold_ms`` in every cold start and ``warm_ms`` in every warm invocation."""
        traffic = self.cost.traffic
        cold_share = Decimal(str(traffic.cold_ratio))
        mean_ms = cold_share * Decimal(str(cold_ms)) + (1 - cold_share) * Decimal(str(warm_ms))
        price = pricing.duration_usd(
            mean_ms, self.memory_size, architecture=self.cost.architecture, region=self.cost.region
        )
        return (traffic.invocations_per_month * price).quantize(Decimal("0.000001"))
