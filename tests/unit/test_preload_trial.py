"""A plan is tried: what changes the function is left out, and all of it where the first answer is not sooner."""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from headstart.model.function import MemorySize
from headstart.model.gain import Gain
from headstart.model.lock import Lock
from headstart.model.placement import Conditions
from headstart.model.preloading import FirstInvocation, FirstUse, FirstUses, PlacementPlan, PreloadResult, Step, UseKind
from headstart.model.proof import FieldDifference, ProofResult, Verdict, VolatileField
from headstart.optimize.deferral import lock
from headstart.optimize.placement.plan import plan
from headstart.optimize.placement.trial import settle
from headstart.report.placement_as_text import preloaded
from headstart.report.terminal import Screen, open_console

NAMES = tuple("abcdefgh")
USES = tuple(FirstUse(kind=UseKind.MODULE, name=name, ms=10.0) for name in NAMES)
SEEN = FirstUses(
    (FirstInvocation(event="any", weight=1.0, init_ms=100.0, wall_ms=90.0, cpu_ms=90.0, again_ms=5.0, uses=USES),)
)


def planner(withdrawn: frozenset[str]) -> PlacementPlan:
    return plan(SEEN, Conditions(memory=MemorySize(128)), withdrawn=withdrawn)


class Rehearsed:
    """Something differs where one of ``culprits`` is preloaded."""

    def __init__(self, culprits: str = "", *, low_ms: float = 1.0, cpu_low_ms: float = -1.0, sure: bool = True) -> None:
        self.culprits = set(culprits)
        self.proved: list[str] = []
        self._low_ms = {"init and first invocation": low_ms, "the same by CPU time": cpu_low_ms}
        self._sure = sure

    async def prove(self, steps: Sequence[Step]) -> ProofResult:
        names = "".join(step.name for step in steps)
        self.proved.append(names)
        if self.culprits & set(names):
            difference = FieldDifference(place="fresh", field="response", old="1", new="2")
            return ProofResult(old_name="", new_name="", verdict=Verdict.DIFFERENT, differences=(difference,))
        if self._sure:
            return ProofResult(old_name="", new_name="", verdict=Verdict.SAME)
        volatile = (VolatileField(field="response.time", values=("1", "2"), places=1, decides=True),)
        return ProofResult(old_name="", new_name="", verdict=Verdict.UNDECIDED, unseen=("gRPC",), volatile=volatile)

    async def measure(self, steps: Sequence[Step]) -> tuple[Gain, ...]:
        return tuple(
            Gain(name=name, unit="ms", n=8, old=9.0, new=8.0, saved=low_ms + 1, low=low_ms, high=low_ms + 2)
            for name, low_ms in self._low_ms.items()
        )


def settled(rehearsal: Rehearsed) -> PreloadResult:
    return asyncio.run(settle(planner, rehearsal))


def names(result: PreloadResult) -> str:
    return "".join(step.name for step in result.steps)


def test_all_of_it_where_nothing_differs_and_it_pays() -> None:
    result = settled(Rehearsed())

    assert names(result) == "abcdefgh"
    assert (result.proof, result.doubts, result.withdrawn) == (Verdict.SAME, (), "")
    assert result.gains[0].n == 8


@pytest.mark.parametrize(("culprits", "kept"), [("a", "bcdefgh"), ("h", "abcdefg"), ("dg", "abcefh"), ("abc", "defgh")])
def test_what_changes_the_function_is_left_out(culprits: str, kept: str) -> None:
    result = settled(Rehearsed(culprits))

    assert names(result) == kept
    assert set(result.culprits) == set(culprits)


def test_one_culprit_is_found_by_halving() -> None:
    rehearsal = Rehearsed("f")

    settled(rehearsal)

    assert rehearsal.proved == ["abcdefgh", "abcd", "abcdef", "abcde", "abcdegh"]


def test_all_of_it_is_withdrawn_where_too_much_differs() -> None:
    result = settled(Rehearsed("abcd"))

    assert names(result) == ""
    assert result.proof is Verdict.DIFFERENT
    assert result.withdrawn == "the function does not behave the same with it"


@pytest.mark.parametrize(
    ("low_ms", "cpu_low_ms", "withdrawn", "plain"),
    [
        (1.0, -1.0, "", True),
        (-1.5, 1.0, "", True),  # as on a machine with other work
        (-3.0, 1.0, "the first answer is there later", True),
        (-1.5, -1.0, "whether the first answer is sooner is lost in noise; try again", False),
    ],
)
def test_all_of_it_is_withdrawn_where_it_does_not_pay(low_ms, cpu_low_ms, withdrawn, plain) -> None:
    result = settled(Rehearsed(low_ms=low_ms, cpu_low_ms=cpu_low_ms))

    assert result.withdrawn.startswith(withdrawn)
    assert names(result) == ("" if withdrawn else "abcdefgh")
    assert result.is_plain is plain


def test_what_is_undecided_is_told() -> None:
    result = settled(Rehearsed(sure=False))

    assert names(result) == "abcdefgh"
    assert result.proof is Verdict.UNDECIDED
    assert result.doubts == ("gRPC", "response.time is never the same twice")


def test_nothing_planned_is_nothing_tried() -> None:
    rehearsal = Rehearsed()

    result = asyncio.run(settle(lambda _: plan(SEEN, Conditions(memory=MemorySize(1769))), rehearsal))

    assert (names(result), result.proof, rehearsal.proved) == ("", None, [])


def shown(result: PreloadResult) -> str:
    stream = io.StringIO()
    open_console(stream).print(Screen(preloaded(result)))
    return stream.getvalue()


def test_the_screen_says_what_is_preloaded_how_that_is_known_and_what_is_not() -> None:
    screen = shown(settled(Rehearsed("d")))

    assert "Preloaded  7 things that most first invocations need, at 128 MB" in screen
    assert "behaviour: same, by replay of all events" in screen
    assert "init and first invocation, ms" in screen
    assert "left to first invocations, for it changes what the function does: d" in screen
    assert [line[0] for line in screen.splitlines() if line.split()[-1:] == ["138"]] == list("abcefgh")


def test_the_screen_says_why_nothing_is_preloaded() -> None:
    assert "Preloaded  nothing: the first answer is there later" in shown(settled(Rehearsed(low_ms=-3.0)))
    nothing = asyncio.run(settle(lambda _: plan(SEEN, Conditions(memory=MemorySize(1769))), Rehearsed()))
    assert "Preloaded  nothing: nothing is sooner and no dearer in init" in shown(nothing)


def test_the_screen_says_what_is_not_proved_and_what_the_lock_says() -> None:
    screen = shown(msgspec.structs.replace(settled(Rehearsed(sure=False)), is_locked=True))

    assert "behaviour: undecided" in screen
    assert "response.time is never the same twice" in screen
    assert "as headstart.lock.json has it" in screen


def test_the_lock_keeps_what_is_preloaded_but_not_why_the_rest_is_not(tmp_path: Path) -> None:
    result = settled(Rehearsed("d"))
    file = tmp_path / "headstart.lock.json"

    lock.write(file, Lock(preload_key="k", preload=result))

    kept = lock.read(file)
    assert kept is not None
    assert kept.preload is not None
    assert (kept.preload.steps, kept.preload.culprits) == (result.steps, ("d",))
    assert len(kept.preload.plan.steps) == len(result.plan.steps) - 1
    assert kept.result is None
