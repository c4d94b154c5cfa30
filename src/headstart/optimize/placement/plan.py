"""Plans what of the first invocations' work is done in init: what is sooner there and no dearer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from headstart.model import limits
from headstart.model.function import InitializationType
from headstart.model.placement import (
    LAW_ERROR_SHORT_RATIO,
    Conditions,
    Place,
    Work,
    best_place,
    percentile_ms,
    score,
)
from headstart.model.preloading import (
    FirstAnswer,
    FirstInvocation,
    FirstUse,
    FirstUses,
    PlacementPlan,
    Step,
    UseKind,
)
from headstart.model.sample import median

# What the module that preloads takes itself, at a full vCPU.
OVERHEAD_MS: Final = 0.3
# From here on a function computes for more than a period of Lambda's CPU quota, and the law of CPU shares holds better.
_LONG_MS: Final = 30.0
# What is less of the first answer than this cannot be measured, and is not worth the trial.
_WORTH_RATIO: Final = 0.02
# Init that is near its limit is not made longer: what exceeds it is run again, in the first invocation.
_INIT_LIMIT_RATIO: Final = 0.5

_BETTER: Final = "sooner and no dearer in init"
_NO_BETTER: Final = "no sooner in init"
_RARE: Final = "too few need it"
_LITTLE: Final = "too little to tell from noise"
_WITHDRAWN: Final = "found to change the function"
_SHARED: Final = "all restores would draw the same numbers"
_NEAR_LIMIT: Final = "init would come near its limit"
_COMPUTED: Final = "the pattern is computed"
_NO_WAY: Final = "no public way to do it ahead"


# They seed their generators when they are loaded, and a snapshot has what was drawn then.
_SEEDED: Final = frozenset({"random", "numpy.random.mtrand"})
_ZERO: Final = Decimal(0)


class _Thing(msgspec.Struct, frozen=True):
    """One thing over all first invocations: what it takes, and the share of them that need it."""

    use: FirstUse
    ms: float
    ratio: float

    @property
    def obstacle(self) -> str:
        """Why it cannot be done ahead; empty where it can."""
        if self.use.kind is UseKind.SDK:
            return _NO_WAY
        return _COMPUTED if self.use.kind is UseKind.EXPRESSION and self.use.expression is None else ""


def plan(seen: FirstUses, conditions: Conditions, *, withdrawn: frozenset[str] = frozenset()) -> PlacementPlan:
    """Where each thing goes that a first invocation did for the first time; ``withdrawn`` are names that stay there.

    Raises:
        InvalidValueError: a region without a price.
    """
    invocations = seen.invocations
    conditions = _with_law_error(conditions, invocations)
    steps = list(_steps(_things(invocations), conditions, withdrawn=withdrawn))
    now = _first_answer(invocations, conditions, ahead=frozenset(), preloaded_ms=0.0)
    reason = _not_worth(steps, conditions, init_ms=max((each.init_ms for each in invocations), default=0.0), now=now)
    if reason:
        steps = [_left(step, reason) if step.place is Place.INIT else step for step in steps]
    chosen = [step for step in steps if step.place is Place.INIT]
    preloaded_ms = sum(step.ms for step in chosen) + (OVERHEAD_MS if chosen else 0.0)
    ahead = frozenset(name for step in chosen for name in step.names)
    return PlacementPlan(
        conditions=conditions,
        steps=tuple(steps),
        now=now,
        planned=_first_answer(invocations, conditions, ahead=ahead, preloaded_ms=preloaded_ms),
        saved_usd_month=sum(
            (step.scores.in_handler.usd_month - step.scores.in_init.usd_month for step in chosen), _ZERO
        ),
        preloaded_ms=preloaded_ms,
        other_ms=max((_other_ms(each) for each in invocations), default=0.0),
        events=len(invocations),
        clients=seen.clients,
    )


def _with_law_error(conditions: Conditions, invocations: Sequence[FirstInvocation]) -> Conditions:
    if not invocations or median([each.cpu_ms for each in invocations]) >= _LONG_MS:
        return conditions
    law_error_ratio = max(conditions.law_error_ratio, LAW_ERROR_SHORT_RATIO)
    return msgspec.structs.replace(conditions, law_error_ratio=law_error_ratio)


def _things(invocations: Sequence[FirstInvocation]) -> dict[str, _Thing]:
    """By name, in the order in which they were first done."""
    whole = sum(each.weight for each in invocations)
    uses: dict[str, FirstUse] = {}
    taken: dict[str, list[float]] = defaultdict(list)
    ratios: dict[str, float] = defaultdict(float)
    for invocation in invocations:
        once: dict[str, float] = defaultdict(float)
        for use in invocation.uses:
            uses.setdefault(use.name, use)
            once[use.name] += use.ms
        for name, ms in once.items():
            taken[name].append(ms)
            ratios[name] += invocation.weight / whole if whole > 0 else 1 / len(invocations)
    return {name: _Thing(use, median(taken[name]), min(1.0, ratios[name])) for name, use in uses.items()}


def _steps(things: Mapping[str, _Thing], conditions: Conditions, *, withdrawn: frozenset[str]) -> Iterator[Step]:
    """A module comes with those that it loads, as far as they go the same way."""
    places = {name: _place(thing, conditions) for name, thing in things.items()}
    groups: dict[str, list[_Thing]] = {}
    for name, thing in things.items():
        groups.setdefault(_root(name, things, places=places), []).append(thing)
    for root, group in groups.items():
        step = _step(things[root], group, place=places[root], conditions=conditions)
        reason = _WITHDRAWN if root in withdrawn else _unsafe(step, conditions)
        yield _left(step, reason) if step.place is Place.INIT and reason else step


def _place(thing: _Thing, conditions: Conditions) -> Place:
    """The time it takes does not matter here: it stands on both sides."""
    return Place.HANDLER if thing.obstacle else best_place(Work(1.0, thing.ratio), conditions, now=Place.HANDLER)


def _root(name: str, things: Mapping[str, _Thing], *, places: Mapping[str, Place]) -> str:
    """The outermost module that brings a thing along."""
    while things[name].use.cause in things and places[things[name].use.cause] is places[name]:
        name = things[name].use.cause
    return name


def _step(root: _Thing, group: Sequence[_Thing], *, place: Place, conditions: Conditions) -> Step:
    ms = sum(each.ms for each in group)
    scores = score(Work(ms, root.ratio), conditions)
    if place is Place.INIT:
        why = _BETTER
    else:
        is_rare = scores.in_init.p50_ms > scores.in_handler.p50_ms
        why = root.obstacle or (_RARE if is_rare else _NO_BETTER)
    return Step(
        kind=root.use.kind,
        name=root.use.name,
        names=tuple(each.use.name for each in group),
        place=place,
        why=why,
        ms=ms,
        needed_ratio=root.ratio,
        scores=scores,
        expression=root.use.expression,
    )


def _unsafe(step: Step, conditions: Conditions) -> str:
    """Why a proof by replay would not tell that it changes the function; empty where it would."""
    is_snapshot = conditions.initialization is InitializationType.SNAP_START
    return _SHARED if is_snapshot and not _SEEDED.isdisjoint(step.names) else ""


def _not_worth(steps: Sequence[Step], conditions: Conditions, *, init_ms: float, now: FirstAnswer) -> str:
    """Why nothing is preloaded at all; empty where it pays."""
    chosen = [step for step in steps if step.place is Place.INIT]
    if not chosen:
        return ""
    overhead_ms = OVERHEAD_MS if conditions.is_init_waited_for else 0.0
    if sum(map(_gained_ms, chosen)) - overhead_ms < _WORTH_RATIO * now.p50_ms:
        return _LITTLE
    limit_ms = limits.INIT_TIMEOUT_S * 1000 * _INIT_LIMIT_RATIO
    is_limited = conditions.initialization is InitializationType.ON_DEMAND
    return _NEAR_LIMIT if is_limited and init_ms + sum(step.ms for step in chosen) > limit_ms else ""


def _gained_ms(step: Step) -> float:
    """By which the first answer is sooner on the mean, at the least."""
    scores = step.scores
    return scores.in_handler.mean_ms - scores.in_handler.error_ms - scores.in_init.mean_ms


def _left(step: Step, why: str) -> Step:
    return msgspec.structs.replace(step, place=Place.HANDLER, why=why)


def _first_answer(
    invocations: Sequence[FirstInvocation], conditions: Conditions, *, ahead: frozenset[str], preloaded_ms: float
) -> FirstAnswer:
    """What callers wait for where what is ``ahead`` is done in init."""
    waits: list[tuple[float, float]] = []
    errors: dict[float, float] = {}
    law_error_ratio = conditions.law_error_ratio if conditions.handler_pace < 1 else 0.0
    for each in invocations:
        computing_ms = max(0.0, each.cpu_ms - sum(use.ms for use in each.uses if use.name in ahead))
        computing_ms /= conditions.handler_pace
        init_ms = each.init_ms + preloaded_ms if conditions.is_init_waited_for else 0.0
        wait_ms = init_ms + each.wall_ms - each.cpu_ms + computing_ms
        waits.append((wait_ms, each.weight))
        errors[wait_ms] = computing_ms * law_error_ratio
    p50_ms = percentile_ms(waits, 50)
    return FirstAnswer(p50_ms=p50_ms, p99_ms=percentile_ms(waits, 99), error_ms=errors.get(p50_ms, 0.0))


def _other_ms(invocation: FirstInvocation) -> float:
    """What the first invocation took beyond a later one and beyond all that is named."""
    return max(0.0, invocation.wall_ms - invocation.again_ms - sum(use.ms for use in invocation.uses))
