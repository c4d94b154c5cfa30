"""What comes of a search: shipped where it was proved and pays, withdrawn where it was not or does not."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from headstart.model.bundle import DeferralFacts
from headstart.model.deferral_result import Decision, DeferralResult, Why
from headstart.model.gain import Gain
from headstart.model.placement import Conditions, Work, score
from headstart.model.proof import ProofResult, Verdict, VolatileField
from headstart.optimize.deferral.gains import init_gain, is_plainly_later, is_sooner, slows_down
from headstart.optimize.deferral.search import Searched


def unexpected(volatile: Sequence[VolatileField], expected: Sequence[str]) -> tuple[str, ...]:
    """The values of what a function answers or does that are never the same twice, but for patterns of ``expected``."""
    names = dict.fromkeys(field.field for field in volatile if field.decides)
    return tuple(name for name in names if not any(fnmatchcase(name, pattern) for pattern in expected))


def undecided(names: Sequence[str], *, events: tuple[str, ...]) -> DeferralResult:
    """Nothing can be told to be the same that is not so from run to run without any deferral."""
    return DeferralResult(
        events=events,
        proof=Verdict.UNDECIDED,
        doubts=tuple(f"{name} is never the same twice, without deferral either" for name in names),
        withdrawn="it never answers or does the same twice; --volatile NAME says of a value that it need not be",
    )


def unfinished(*, events: tuple[str, ...], minutes: int) -> DeferralResult:
    """The time ran out; what was tried is kept."""
    return DeferralResult(
        events=events,
        doubts=(f"the search was not finished within {minutes} minutes; the same command goes on where it stopped",),
        withdrawn="the search was not finished",
    )


def found(searched: Searched, *, events: tuple[str, ...], garbage: bool) -> DeferralResult:
    """What the search found, neither proved nor measured yet; ``garbage``: its collection is put off as well."""
    result = DeferralResult(
        events=events,
        deferred=searched.deferred,
        kept_out=searched.kept_out,
        culprits=searched.culprits,
        decisions=searched.decisions,
    )
    if searched.unexplained is None:
        return msgspec.structs.replace(result, garbage=garbage)
    differing = f"{searched.unexplained.field} differs in {searched.unexplained.place}"
    return msgspec.structs.replace(
        result,
        doubts=(f"{differing}, even with every import eager",),
        withdrawn="the function does not behave the same in rewritten bytecode, even with every import eager",
    )


def proved(result: DeferralResult, proof: ProofResult, *, expected: Sequence[str] = ()) -> DeferralResult:
    """The same with the verdict of the whole replay; withdrawn where something differs.

    Values of ``expected`` are no doubts when they are volatile, though the verdict stays what it is.
    """
    result = msgspec.structs.replace(result, proof=proof.verdict)
    if proof.verdict is Verdict.DIFFERENT:
        first = proof.differences[0]
        doubts = (f"{first.field} differs in {first.place}",)
        return withdrawn(msgspec.structs.replace(result, doubts=doubts), "the packages do not behave the same")
    unsure = [f"{name} is never the same twice" for name in unexpected(proof.volatile, expected)]
    return msgspec.structs.replace(result, doubts=(*proof.unseen, *unsure))


def measured(result: DeferralResult, gains: tuple[Gain, ...], *, is_init_waited_for: bool = True) -> DeferralResult:
    """The same with what it gains; withdrawn where that is nothing, or later answers are late: a module with a pending
    name looks its names up more slowly.

    It gains where the first answer is there sooner beyond noise; where nobody waits for init, where init is shorter
    (it is paid for, or in each snapshot) and the first answer is not there later.
    """
    result = msgspec.structs.replace(result, gains=gains)
    if slows_down(gains):
        return withdrawn(result, "warm invocations take longer")
    if is_init_waited_for:
        return result if is_sooner(gains) else withdrawn(result, "the first answer is not there sooner beyond noise")
    if is_plainly_later(gains):
        return withdrawn(result, "the first answer is there later")
    init = init_gain(gains)
    return result if init and init.low > 0 else withdrawn(result, "init is not shorter beyond noise")


def scored(result: DeferralResult, conditions: Conditions) -> DeferralResult:
    """The same with what the deferred work costs in both phases: in the handler nothing, for no event needs it."""
    init = init_gain(result.gains)
    if not result.puts_off or init is None:
        return result
    scores = score(Work(max(0.0, init.saved), 0.0), conditions)
    return msgspec.structs.replace(result, conditions=conditions, scores=scores)


def facts_of(result: DeferralResult | None) -> DeferralFacts | None:
    """What a bundle with this deferred says of itself."""
    if result is None or not result.puts_off:
        return None
    return DeferralFacts(imports=len(result.deferred), events=len(result.events), proof=result.proof)


def withdrawn(result: DeferralResult, why: str) -> DeferralResult:
    """Nothing is deferred after all."""
    decisions = tuple(_withdrawn(each, why) for each in result.decisions)
    return msgspec.structs.replace(result, deferred=(), kept_out=(), garbage=False, decisions=decisions, withdrawn=why)


def _withdrawn(decision: Decision, why: str) -> Decision:
    if decision.why is not Why.UNUSED:
        return decision
    return msgspec.structs.replace(decision, why=Why.WITHDRAWN, detail=why)
