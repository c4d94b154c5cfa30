"""What a million invocations cost at a memory size, by how long one takes."""

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Self

import msgspec

from headstart.model import pricing
from headstart.model.cpu_law import speed
from headstart.model.function import Architecture, MemorySize
from headstart.model.function_costs import priced_region
from headstart.model.results import Traffic
from headstart.model.sample import median
from headstart.model.tuning import Estimate
from headstart.tune.seen import Seen
from headstart.tune.subject import Subject


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of a function at its traffic, through the volume tiers, and what a cold start adds to an invocation.

    ``init_ms`` is the same at all sizes; ``first_cpu_ms`` is what the first invocation takes longer at one full vCPU.
    Where ``is_cold``, times have both already.
    """

    architecture: Architecture
    region: str
    storage_mb: int
    traffic: Traffic
    is_cold: bool
    init_ms: float = 0.0
    first_cpu_ms: float = 0.0

    @classmethod
    def of(cls, subject: Subject, sizes: Iterable[Seen]) -> Self:
        """That of a function of which cold starts were seen."""
        spec, init, first = subject.spec, [], []
        for seen in sizes:
            init += [report.init.init_ms for report in seen.cold if report.init]
            if seen.warm:
                warm_ms = median([report.duration_ms for report in seen.warm])
                first += [(report.duration_ms - warm_ms) * speed(seen.mb, 1) for report in seen.cold]
        return cls(
            architecture=spec.architecture,
            region=priced_region(spec.region),
            storage_mb=spec.ephemeral_storage_mb,
            traffic=subject.traffic,
            is_cold=subject.options.is_cold,
            init_ms=median(init) if init else 0.0,
            first_cpu_ms=max(0.0, median(first)) if first else 0.0,
        )

    def billed_ms(self, mb: int, ms: float) -> float:
        """Mean billed duration of invocations that take ``ms``, the cold share's init included."""
        if self.is_cold:
            return math.ceil(ms)
        cold_ms = math.ceil(self.init_ms + ms + self.first_cpu_ms / speed(mb, 1))
        return (1 - self.traffic.cold_ratio) * math.ceil(ms) + self.traffic.cold_ratio * cold_ms

    def usd_per_million(self, mb: int, ms: float) -> Decimal:
        """Requests, duration, init and ``/tmp`` of a million invocations."""
        count = self.traffic.invocations_per_month
        if count == 0:
            return self._usd(mb, ms, count=pricing.MILLION)
        return self._usd(mb, ms, count=count) * pricing.MILLION / count

    def estimate(self, mb: int, ms: Estimate) -> Estimate:
        """``usd_per_million`` of a duration with an interval."""
        return Estimate(*(float(self.usd_per_million(mb, each)) for each in (ms.value, ms.low, ms.high)))

    def usd_month(self, mb: int, ms: float) -> Decimal:
        """The same for a month's invocations."""
        return self._usd(mb, ms, count=self.traffic.invocations_per_month)

    @property
    def request_usd_per_million(self) -> Decimal:
        """What a million requests cost, however long they take."""
        return pricing.request_usd(pricing.MILLION, self.region)

    def _usd(self, mb: int, ms: float, *, count: int) -> Decimal:
        billed_ms = Decimal(str(self.billed_ms(mb, ms)))
        gb_s = pricing.gb_seconds(billed_ms, MemorySize(mb)) * count
        return (
            pricing.request_usd(count, self.region)
            + pricing.monthly_duration_usd(gb_s, architecture=self.architecture, region=self.region)
            + count * pricing.storage_usd(billed_ms, self.storage_mb, region=self.region)
        )


def spent_usd(subject: Subject, sizes: Iterable[Seen]) -> Decimal:
    """What the invocations cost; nothing on this machine."""
    if not subject.is_paid:
        return Decimal(0)
    spec, region = subject.spec, priced_region(subject.spec.region)
    total = Decimal(0)
    for seen in sizes:
        billed_ms = sum(report.billed_ms for report in seen.reports)
        total += pricing.request_usd(len(seen.reports), region)
        total += pricing.duration_usd(billed_ms, MemorySize(seen.mb), architecture=spec.architecture, region=region)
        total += pricing.storage_usd(billed_ms, spec.ephemeral_storage_mb, region=region)
    return total
