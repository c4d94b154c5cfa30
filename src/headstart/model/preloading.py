"""What first invocations did that init could have done, and the plan of what a bundle does in init."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from headstart.model.gain import Gain
from headstart.model.placement import Conditions, Place, Scores
from headstart.model.proof import Verdict


class UseKind(StrEnum):
    """What a first invocation did for the first time."""

    MODULE = "module"
    CODEC = "codec"
    EXPRESSION = "regular expression"
    SDK = "SDK"


class Expression(msgspec.Struct, frozen=True):
    """A pattern that the code spells out, or that is the value of ``attribute`` of ``module``; ``flags`` as re's."""

    flags: int = 0
    pattern: str = ""
    is_bytes: bool = False
    module: str = ""
    attribute: str = ""


class FirstUse(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done in a first invocation, and how long it took at a full vCPU without what it caused.

    ``cause`` is the module whose load loaded this one, empty where the handler did. Of an ``expression`` that cannot
    be named without saying what was in an event there is none.
    """

    kind: UseKind
    name: str
    ms: float
    cause: str = ""
    expression: Expression | None = None


class FirstInvocation(msgspec.Struct, frozen=True, kw_only=True):
    """The first invocation of an environment, at a full vCPU; ``again_ms`` is how long the same event took later."""

    event: str
    weight: float
    init_ms: float
    wall_ms: float
    cpu_ms: float
    again_ms: float
    uses: tuple[FirstUse, ...] = ()


class FirstUses(msgspec.Struct, frozen=True):
    """What was seen. ``clients`` are the services that the function's own code has clients of, at module level."""

    invocations: tuple[FirstInvocation, ...]
    clients: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with one thing: where it is placed, why, and what it costs in either phase.

    ``ms`` at a full vCPU, of all ``names``: of a module, of those too that come with it; ``needed_ratio`` is the share
    of first invocations that need it.
    """

    kind: UseKind
    name: str
    names: tuple[str, ...]
    place: Place
    why: str
    ms: float
    needed_ratio: float
    scores: Scores
    expression: Expression | None = None


class FirstAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How long callers of cold starts wait for init and the first invocation, computed; ``error_ms`` is of p50."""

    p50_ms: float
    p99_ms: float
    error_ms: float


class PlacementPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is done in init and what is left to first invocations, in the order in which they did it.

    ``saved_usd_month`` is by what is done in init, ``preloaded_ms`` what init takes longer. ``clients`` are the
    services that the function's own code has clients of, at module level. ``other_ms`` is the most that a first
    invocation took beyond a later one of the same event, and beyond what is named here: caches that functions fill, for
    one.
    """

    conditions: Conditions
    steps: tuple[Step, ...]
    now: FirstAnswer
    planned: FirstAnswer
    saved_usd_month: Decimal
    preloaded_ms: float
    other_ms: float
    events: int
    clients: tuple[str, ...] = ()

    @property
    def preloaded(self) -> tuple[Step, ...]:
        """What is done in init."""
        return tuple(step for step in self.steps if step.place is Place.INIT)


class PreloadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What of a plan is carried out, and by what it was proved and measured.

    ``culprits`` are the names of what was found to change what the function does, and left to first invocations;
    ``withdrawn`` says why nothing is preloaded where something was planned, ``doubts`` what keeps the ``proof`` from
    "same". ``is_plain``: whether it pays can be told; where not, the next build tries again. ``is_locked``: it is what
    headstart.lock.json says, which still holds.
    """

    plan: PlacementPlan
    culprits: tuple[str, ...] = ()
    proof: Verdict | None = None
    doubts: tuple[str, ...] = ()
    gains: tuple[Gain, ...] = ()
    withdrawn: str = ""
    is_plain: bool = True
    is_locked: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether what is preloaded was proved to change nothing."""
        return not self.doubts

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the bundle does in init."""
        return () if self.withdrawn else self.plan.preloaded
