"""Tries a plan of preloading: what changes the function is left out, and all of it where it does not pay."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from headstart.model.gain import Gain
from headstart.model.preloading import PlacementPlan, PreloadResult, Step
from headstart.model.proof import ProofResult, Verdict
from headstart.optimize.deferral.gains import is_sooner, saves_cpu

_CULPRITS_MAX: Final = 3
_DOUBTS_SHOWN: Final = 5
_LATER: Final = "the first answer is there later"
_NOISE: Final = "whether the first answer is sooner is lost in noise; try again on a machine with less to do"

Planner = Callable[[frozenset[str]], PlacementPlan]
"""Plans anew without what has the given names."""


class Rehearsal(Protocol):
    """The function as it is bundled without preloading, against the same with some."""

    async def prove(self, steps: Sequence[Step]) -> ProofResult:
        """Replay the events against both."""
        ...

    async def measure(self, steps: Sequence[Step]) -> tuple[Gain, ...]:
        """Start both in turn."""
        ...


async def settle(planner: Planner, rehearsal: Rehearsal) -> PreloadResult:
    """The plan as far as the function does the same with it, if the first answer is then there sooner beyond noise.

    Raises:
        LabError: the lab itself fails.
    """
    plan = planner(frozenset())
    culprits: list[str] = []
    while plan.preloaded:
        proof = await rehearsal.prove(plan.preloaded)
        if proof.verdict is not Verdict.DIFFERENT:
            return await _measured(_proved(plan, proof, culprits=culprits), rehearsal)
        if len(culprits) == _CULPRITS_MAX:
            result = PreloadResult(plan=plan, culprits=tuple(culprits), proof=proof.verdict)
            return msgspec.structs.replace(result, withdrawn="the function does not behave the same with it")
        culprits.append((await _culprit(plan.preloaded, rehearsal)).name)
        plan = planner(frozenset(culprits))
    return PreloadResult(plan=plan, culprits=tuple(culprits))


def _proved(plan: PlacementPlan, proof: ProofResult, *, culprits: Sequence[str]) -> PreloadResult:
    unsure = [f"{field.field} is never the same twice" for field in proof.volatile if field.decides]
    return PreloadResult(
        plan=plan,
        culprits=tuple(culprits),
        proof=proof.verdict,
        doubts=(*proof.unseen, *unsure)[:_DOUBTS_SHOWN],
    )


async def _measured(result: PreloadResult, rehearsal: Rehearsal) -> PreloadResult:
    """Where time does not tell, CPU time does: other work on a machine slows init down more, which has more CPU."""
    result = msgspec.structs.replace(result, gains=await rehearsal.measure(result.plan.preloaded))
    sooner = is_sooner(result.gains)
    if sooner is None and saves_cpu(result.gains):
        sooner = True
    if sooner:
        return result
    withdrawn = _LATER if sooner is False else _NOISE
    return msgspec.structs.replace(result, withdrawn=withdrawn, is_plain=sooner is not None)


async def _culprit(steps: Sequence[Step], rehearsal: Rehearsal) -> Step:
    """The last of the shortest beginning of ``steps`` with which something differs; with all of them it does."""
    low, high = 0, len(steps)  # with so many nothing differs, and with that many something does
    while high - low > 1:
        middle = (low + high) // 2
        if (await rehearsal.prove(steps[:middle])).verdict is Verdict.DIFFERENT:
            high = middle
        else:
            low = middle
    return steps[high - 1]
