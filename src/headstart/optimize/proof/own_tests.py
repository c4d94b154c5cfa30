"""Adds to a proof what the function's own tests say of both packages."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from headstart.model.proof import Observation, ProofResult, Verdict
from headstart.optimize.proof.comparison import compare
from headstart.optimize.proof.prove import verdict

_RANK: Final = (Verdict.SAME, Verdict.UNDECIDED, Verdict.DIFFERENT)
_FINE: Final = frozenset({"passed", "skipped"})
Outcomes = Mapping[str, str]


def with_tests(result: ProofResult, *, old: Sequence[Outcomes], new: Sequence[Outcomes]) -> ProofResult:
    """``result`` with the outcome of each test as one field more; each side has as many runs as the other."""
    comparison = compare([[_observed(run)] for run in old], [[_observed(run)] for run in new])
    failing = [f"test {name} fails in both: {said}" for name, said in old[0].items() if said not in _FINE]
    passed = sum(said in _FINE for said in old[0].values())
    together = verdict(comparison, ())
    return msgspec.structs.replace(
        result,
        verdict=max(result.verdict, together, key=_RANK.index),
        differences=(*result.differences, *comparison.differences),
        differing=result.differing + comparison.differing,
        volatile=(*result.volatile, *comparison.volatile),
        failing=(*result.failing, *([] if comparison.differences else failing)),
        compared=result.compared + comparison.compared,
        notes=(*result.notes, f"of {len(old[0])} tests {passed} passed with the old package"),
    )


def _observed(outcomes: Outcomes) -> Observation:
    fields = {f"test {name}": said for name, said in outcomes.items()}
    return Observation(replay="tests", position=0, event_name="own tests", fields=fields)
