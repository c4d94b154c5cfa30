"""What choosing a memory size takes and gives: objective, budget, the figures of each size, what is recommended."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from headstart.errors import InvalidValueError
from headstart.model.caveats import Caveat
from headstart.model.cpu_law import Law
from headstart.model.function import Architecture, MemorySize, require_range
from headstart.model.invocation import Event
from headstart.model.results import HostFacts, Traffic
from headstart.model.sample import Summary

INTERRUPTED: Final = "interrupted"
# A third of the ten runs at six sizes that are usual.
_INVOCATIONS: Final = 20
_INVOCATIONS_MAX: Final = 1_000_000
_RUNS: Final = 10
# Before and after an invocation, not measured: may give another event (None: the same), and sees the answer.
BeforeInvoke = Callable[[Event], Event | None]
AfterInvoke = Callable[[Event, bytes], None]


class Goal(StrEnum):
    """What the best memory size is: the cheapest, the fastest, a weighing of both, or the cheapest under a p99."""

    COST = "cost"
    SPEED = "speed"
    BALANCED = "balanced"
    SLO = "slo"


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """``weight`` of ``balanced``: 1 is cost alone, 0 speed alone. ``p99_ms`` of ``slo``: what p99 must not exceed.

    Raises:
        InvalidValueError: a weight outside 0 … 1, ``slo`` without a limit, or a limit that is not above 0.
    """

    goal: Goal = Goal.COST
    weight: float = 0.5
    p99_ms: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise InvalidValueError("weight", self.weight, allowed="0 … 1", hint="--weight 0.5")
        if self.goal is Goal.SLO and self.p99_ms is None:
            raise InvalidValueError("p99_ms", None, allowed="a limit in ms", hint="--for slo --p99-ms 200")
        if self.p99_ms is not None and self.p99_ms <= 0:
            raise InvalidValueError("p99_ms", self.p99_ms, allowed="above 0", hint="--for slo --p99-ms 200")


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """When the search ends, settled or not. ``invocations`` counts cold ones too; None is a third of ten runs at six
    sizes, or ten for each of the sizes that are given. ``cost_usd`` and ``minutes``: None is no limit."""

    invocations: int | None = None
    cost_usd: Decimal | None = None
    minutes: float | None = None


class TuneOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to search. ``sizes`` are measured exactly, in place of a search; ``is_cold`` tunes cold starts.

    ``tolerance_ratio`` is how much dearer than the best a choice may be that counts as settled; ``allowed_errors`` are
    error types whose invocations count as answered. ``cpus`` are those of the machine that runs the function (None:
    on AWS, where each size has its own): sizes with more are predicted.
    """

    objective: Objective = Objective()
    budget: Budget = Budget()
    sizes: tuple[MemorySize, ...] | None = None
    tolerance_ratio: float = 0.05
    allowed_errors: frozenset[str] = frozenset()
    is_cold: bool = False
    cpus: int | None = None
    before: BeforeInvoke | None = None
    after: AfterInvoke | None = None

    def __post_init__(self) -> None:
        least = 2 if self.is_cold else 4
        require_range(
            "invocations",
            self.invocations,
            low=least,
            high=_INVOCATIONS_MAX,
            hint=f"two sizes take {least}; --invocations {_INVOCATIONS} is usual",
        )

    @property
    def invocations(self) -> int:
        """How many there may be in all."""
        if self.budget.invocations is not None:
            return self.budget.invocations
        return _INVOCATIONS if self.sizes is None else _RUNS * len(self.sizes)


class Estimate(msgspec.Struct, frozen=True):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


class SizeResult(msgspec.Struct, frozen=True, kw_only=True):
    """One memory size. ``outcomes`` counts invocations by outcome, ``succeeded`` or AWS's error type.

    Measured sizes have summaries in ms, of n = 0 where nothing of the kind succeeded: ``warm`` (Duration), ``init``,
    ``first`` (Duration of the invocation that paid a cold start), ``billed`` (of warm ones). ``tuned_ms`` is the figure
    that the choice is made by: Duration when warm, or of cold starts init and first invocation together; measured, or
    predicted by the law. ``cost`` is USD per million invocations, request fee and the cold share of init included.
    Of a size that is not usable both are 0, and ``reason`` says why. ``near_best_ratio`` is the probability that its
    cost, time or weighing is within the tolerance of the best one's.
    """

    memory_mb: int
    is_measured: bool
    outcomes: dict[str, int]
    warm: Summary
    init: Summary
    first: Summary
    billed: Summary
    max_memory_mb: float
    tuned_ms: Estimate
    cost: Estimate
    near_best_ratio: float
    is_usable: bool = True
    reason: str = ""
    caveats: tuple[Caveat, ...] = ()


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """The memory size for one goal; None where no size meets it, and ``reason`` says why.

    ``probability`` is that of being within the tolerance of the best size. Savings are against the present size, per
    invocation and per month at the stated traffic; negative where it costs more.
    """

    goal: Goal
    memory_mb: int | None
    probability: float
    saves_ms: Estimate | None = None
    saves_usd_month: Estimate | None = None
    reason: str = ""


class OtherArchitecture(msgspec.Struct, frozen=True, kw_only=True):
    """The recommended size on the other architecture: its price is listed, its duration a model with a range."""

    architecture: Architecture
    memory_mb: int
    tuned_ms: Estimate
    cost: Estimate
    is_measured: bool = False


class TunedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """The function that was tuned; ``source`` is its code's path, or its ARN on AWS."""

    name: str
    source: str
    runtime: str
    architecture: Architecture
    region: str
    memory_mb: int
    timeout_s: int
    events: tuple[str, ...]


class TuneResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that ``headstart tune`` found out; ``sizes`` in order of memory, measured and predicted ones.

    ``recommendations`` has each goal that can be judged, the one that was asked for first. ``law`` is None where
    nothing could be fitted. ``invocations`` and ``spent_usd`` are all that was used, ``usual_invocations`` what ten
    runs at six sizes take. ``ended`` says why the search stopped, ``INTERRUPTED`` where it was cancelled;
    ``is_settled`` that it was not for the budget or an interrupt.
    """

    format: int = 1
    created: str
    function: TunedFunction
    host: HostFacts | None
    objective: Objective
    traffic: Traffic
    is_cold: bool
    sizes: tuple[SizeResult, ...]
    recommendations: tuple[Recommendation, ...]
    others: tuple[OtherArchitecture, ...]
    law: Law | None
    parallelism: float | None
    invocations: int
    spent_usd: Decimal
    usual_invocations: int = 60
    ended: str
    is_settled: bool
    prices_as_of: str
    tolerance_ratio: float = 0.05
    caveats: tuple[Caveat, ...] = ()
