"""Where one-time work is best done, in init or when an event first needs it: waited for and paid, in either phase."""

import math
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from headstart.errors import InvalidValueError
from headstart.model import pricing
from headstart.model.function import Architecture, InitializationType, MemorySize
from headstart.model.results import Traffic

# How far time = CPU time / share is off, nearly always to the slow side: the median over functions that compute for
# 30 ms and more, and the mean over 195 sizes for one of 17 ms, which is less than a period of Lambda's CPU quota.
# Measured on AWS, EuroSys'26 "Demystifying Serverless Costs".
LAW_ERROR_RATIO: Final = 0.055
LAW_ERROR_SHORT_RATIO: Final = 0.246
# A difference in price below this is none.
_DEARER_RATIO: Final = Decimal("1.01")


class Place(StrEnum):
    """The phase in which work is done."""

    INIT = "init"
    HANDLER = "handler"


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What a function runs under, as far as its cold starts depend on it. ``law_error_ratio``: how far the law of CPU
    shares is off for it."""

    memory: MemorySize
    initialization: InitializationType = InitializationType.ON_DEMAND
    architecture: Architecture = Architecture.X86_64
    region: str = "us-east-1"
    traffic: Traffic = Traffic()
    law_error_ratio: float = LAW_ERROR_RATIO

    @property
    def handler_pace(self) -> float:
        """CPU-seconds per second that one thread has in an invocation."""
        return min(1.0, self.memory.vcpu_share)

    @property
    def init_pace(self) -> float:
        """The same in init. On demand a full vCPU, whatever the memory size; provisioned as in an invocation.

        Source: https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting
        """
        is_provisioned = self.initialization is InitializationType.PROVISIONED_CONCURRENCY
        return self.handler_pace if is_provisioned else 1.0

    @property
    def is_init_waited_for(self) -> bool:
        """Whether a caller waits for init: provisioned it is over before, with SnapStart it is in the snapshot."""
        return self.initialization is InitializationType.ON_DEMAND


class Work(msgspec.Struct, frozen=True):
    """Something done once in an environment: ``ms`` at a full vCPU, needed by ``needed_ratio`` of the invocations.

    Raises:
        InvalidValueError: a share outside 0 … 1.
    """

    ms: float
    needed_ratio: float

    def __post_init__(self) -> None:
        if not 0 <= self.needed_ratio <= 1:
            raise InvalidValueError("needed_ratio", self.needed_ratio, allowed="0 … 1")


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What work adds to the time to the first answer of a cold start, in ms, and to the month's bill.

    ``mean_ms`` may be less by as much as ``error_ms``: the law of CPU shares is off, always to the slow side.
    """

    p50_ms: float
    p99_ms: float
    mean_ms: float
    error_ms: float
    usd_month: Decimal


class Scores(msgspec.Struct, frozen=True):
    """The same work in both phases."""

    in_init: Score
    in_handler: Score

    def of(self, place: Place) -> Score:
        """That of one of them."""
        return self.in_init if place is Place.INIT else self.in_handler


def score(work: Work, conditions: Conditions) -> Scores:
    """What ``work`` costs in init, where every cold start has it, and in the handler, where those have it that need it.

    An environment lives for 1 / cold_ratio invocations: what the first does not need, a later one may. What is needed
    after the first answer costs money alone.

    Raises:
        InvalidValueError: a region without a price.
    """
    handler_ms = work.ms / conditions.handler_pace
    init_ms = work.ms / conditions.init_pace
    waited_ms = init_ms if conditions.is_init_waited_for else 0.0
    is_snapshot = conditions.initialization is InitializationType.SNAP_START
    error_ms = handler_ms * conditions.law_error_ratio if conditions.handler_pace < 1 else 0.0
    return Scores(
        in_init=Score(
            p50_ms=waited_ms,
            p99_ms=waited_ms,
            mean_ms=waited_ms,
            error_ms=0.0,
            usd_month=Decimal(0) if is_snapshot else _usd_month(init_ms, conditions),
        ),
        in_handler=Score(
            p50_ms=percentile_ms([(handler_ms, work.needed_ratio), (0.0, 1 - work.needed_ratio)], 50),
            p99_ms=percentile_ms([(handler_ms, work.needed_ratio), (0.0, 1 - work.needed_ratio)], 99),
            mean_ms=handler_ms * work.needed_ratio,
            error_ms=error_ms * work.needed_ratio,
            usd_month=_usd_month(handler_ms * _ever_needed_ratio(work, conditions.traffic), conditions),
        ),
    )


def best_place(work: Work, conditions: Conditions, *, now: Place) -> Place:
    """Where ``work`` belongs. What no event needed belongs in the handler, under any conditions.

    Else it stays where it is ``now``, unless it is better in the other phase: sooner to the first answer by more than
    the law may be off, later at neither percentile, and no dearer.
    """
    if not work.needed_ratio:
        return Place.HANDLER
    scores = score(work, conditions)
    other = Place.INIT if now is Place.HANDLER else Place.HANDLER
    return other if _is_better(scores.of(other), scores.of(now)) else now


def percentile_ms(shares: Iterable[tuple[float, float]], percent: float) -> float:
    """The nearest-rank percentile of (ms, weight); 0 where nothing has weight."""
    ordered = sorted(shares)
    rank = percent / 100 * sum(weight for _, weight in ordered)
    reached = 0.0
    for ms, weight in ordered:
        reached += weight
        if weight and reached >= rank - 1e-9:
            return ms
    return 0.0


def _is_better(new: Score, old: Score) -> bool:
    is_sooner = new.mean_ms + new.error_ms + old.error_ms < old.mean_ms
    is_later = new.p50_ms > old.p50_ms or new.p99_ms > old.p99_ms
    return is_sooner and not is_later and new.usd_month <= old.usd_month * _DEARER_RATIO


def _ever_needed_ratio(work: Work, traffic: Traffic) -> float:
    """The share of environments in which some invocation needs the work."""
    if traffic.cold_ratio <= 0:
        return 0.0
    return 1.0 - math.pow(1.0 - work.needed_ratio, 1 / traffic.cold_ratio)


def _usd_month(ms: float, conditions: Conditions) -> Decimal:
    """The price of ``ms`` in each of the month's environments; provisioned that of x86_64, which arm64 is below."""
    environments = Decimal(str(conditions.traffic.invocations_per_month * conditions.traffic.cold_ratio))
    billed_ms = environments * Decimal(str(ms))
    if conditions.initialization is InitializationType.PROVISIONED_CONCURRENCY:
        price = pricing.prices_of(conditions.region).provisioned_duration_usd
        return pricing.gb_seconds(billed_ms, conditions.memory) * price
    return pricing.duration_usd(
        billed_ms, conditions.memory, architecture=conditions.architecture, region=conditions.region
    )
