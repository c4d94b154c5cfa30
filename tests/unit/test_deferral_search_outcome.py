"""What comes of a search for deferrals: proved, measured, withdrawn; and how it is told."""

import io
import itertools

import msgspec
import pytest

from headstart.model.bundle import BundleFormat, BundleResult, Part
from headstart.model.deferral import DeferrableImport
from headstart.model.deferral_result import Culprit, Decision, DeferralResult, Why
from headstart.model.function import InitializationType, MemorySize
from headstart.model.gain import Gain
from headstart.model.invocation import InitReport, InitStatus, InvocationReport
from headstart.model.placement import Conditions
from headstart.model.proof import FieldDifference, ProofResult, Verdict, VolatileField
from headstart.model.results import Traffic
from headstart.optimize.deferral import outcome
from headstart.optimize.deferral.gains import gains, is_sooner
from headstart.optimize.deferral.search import Searched
from headstart.report import bundle_as_text
from headstart.report.terminal import open_console
from headstart.testing import report

DIFFERENCE = FieldDifference(place="warm, invocation 2 (one)", field="response.total", old="1", new="2")


def decision(module: str, why: Why, *, saved_ms: float = 0.0, detail: str = "") -> Decision:
    statement = DeferrableImport(path="app.py", line=3, column=0, text=f"import {module}", module=module, binds=module)
    return Decision(of=statement, why=why, saved_ms=saved_ms, detail=detail)


_NUMBERS = itertools.count()
DECISIONS = (
    decision("numpy", Why.UNUSED, saved_ms=80.0),
    decision("email", Why.UNUSED, saved_ms=4.0),
    decision("json", Why.USED_BY_EVENT, detail="one"),
    decision("plugins", Why.CULPRIT, detail="response differs in fresh, invocation 1 (one)"),
)
FOUND = outcome.found(Searched(decisions=DECISIONS, culprits=()), events=("one",), garbage=True)


def proof(verdict: Verdict, **more: object) -> ProofResult:
    return ProofResult(old_name="", new_name="", verdict=verdict, **more)  # type: ignore[arg-type]


def cold(init_ms: float, first_ms: float, memory_mb: float, *, memory_size_mb: int = 1769) -> InvocationReport:
    init = InitReport(
        status=InitStatus.SUCCESS,
        creation_ms=9.0,
        boot_ms=10.0,
        function_ms=init_ms - 10.0,
        cpu_ms=init_ms / 2,
        peak_memory_mb=0.0,
        memory_mb=memory_mb,
    )
    made = report(init=init, duration_ms=first_ms, cpu_ms=first_ms, memory_size_mb=memory_size_mb)
    return msgspec.structs.replace(made, environment_id=f"environment {next(_NUMBERS)}")


def warm(after: InvocationReport, *durations_ms: float) -> list[InvocationReport]:
    """An environment's cold invocation with later ones."""
    return [after, *(msgspec.structs.replace(after, init=None, duration_ms=each) for each in durations_ms)]


def gain(low: float, high: float, *, cpu: tuple[float, float] = (-1.0, 1.0)) -> tuple[Gain, ...]:
    found = (("init and first invocation", low, high), ("the same by CPU time", *cpu))
    return tuple(
        Gain(name=name, unit="ms", n=8, old=200.0, new=150.0, saved=(low + high) / 2, low=low, high=high)
        for name, low, high in found
    )


def shown(deferral: DeferralResult, *, is_explained: bool = False) -> str:
    part = Part(path="out.zip", files=1, unzipped_bytes=1, zipped_bytes=1, digest="")
    result = BundleResult(
        runtime="python3.13", architecture="arm64", format=BundleFormat.ZIP, function=part, deferral=deferral
    )
    stream = io.StringIO()
    open_console(stream).print(bundle_as_text.render(result, is_explained=is_explained))
    return stream.getvalue()


def test_what_is_the_same_and_sooner_is_shipped():
    result = outcome.measured(outcome.proved(FOUND, proof(Verdict.SAME)), gain(40.0, 60.0))
    assert [each.of.module for each in result.deferred] == ["numpy", "email"]
    assert (result.proof, result.withdrawn, result.is_settled) == (Verdict.SAME, "", True)


@pytest.mark.parametrize(("low", "high"), [(-2.0, 60.0), (-60.0, -2.0), (0.0, 9.0)])
def test_what_is_not_sooner_beyond_noise_is_withdrawn_and_that_is_an_answer(low, high):
    result = outcome.measured(outcome.proved(FOUND, proof(Verdict.SAME)), gain(low, high))
    assert (result.deferred, result.withdrawn) == ((), "the first answer is not there sooner beyond noise")
    assert [each.why for each in result.decisions] == [Why.WITHDRAWN, Why.WITHDRAWN, Why.USED_BY_EVENT, Why.CULPRIT]
    assert result.is_settled
    assert result.gains == gain(low, high)


def test_what_was_not_measured_is_withdrawn():
    assert outcome.measured(FOUND, ()).deferred == ()


@pytest.mark.parametrize(
    ("init", "first", "withdrawn"),
    [
        ((40.0, 60.0), (-1.0, 1.0), ""),
        ((-1.0, 60.0), (-1.0, 1.0), "init is not shorter beyond noise"),
        ((40.0, 60.0), (-9.0, -7.0), "the first answer is there later"),
    ],
)
def test_where_nobody_waits_for_init_it_has_to_be_shorter_and_no_answer_later(init, first, withdrawn):
    found = tuple(
        Gain(name=name, unit="ms", n=8, old=200.0, new=150.0, saved=(low + high) / 2, low=low, high=high)
        for name, (low, high) in (("init", init), ("first invocation", first))
    )
    result = outcome.measured(FOUND, found, is_init_waited_for=False)
    assert (bool(result.deferred), result.withdrawn) == (not withdrawn, withdrawn)
    assert not outcome.measured(FOUND, found).deferred


@pytest.mark.parametrize(
    ("initialization", "memory_mb", "told"),
    [
        (
            "on-demand",
            512,
            "first answer 50.0 ms sooner at p50 and at p99, $0.83 less a month; what an event uses stays",
        ),
        ("on-demand", 512, "the handler has 29 % of a vCPU"),
        ("on-demand", 1769, "stays in init: a later invocation would wait for it"),
        ("provisioned-concurrency", 512, "nobody waits for init, $1."),
        ("snap-start", 512, "init is in the snapshot, and what an event uses belongs there"),
    ],
)
def test_what_deferral_is_worth_is_told_by_phase(initialization, memory_mb, told):
    conditions = Conditions(
        memory=MemorySize(memory_mb),
        initialization=InitializationType(initialization),
        traffic=Traffic(invocations_per_month=20_000_000, cold_ratio=0.1),
    )
    init = Gain(name="init", unit="ms", n=8, old=200.0, new=150.0, saved=50.0, low=40.0, high=60.0)
    result = outcome.scored(msgspec.structs.replace(FOUND, gains=(init,)), conditions)
    assert told in " ".join(shown(result).split())
    assert outcome.scored(outcome.withdrawn(result, "no"), conditions).deferred == ()


def test_what_differs_in_the_proof_is_withdrawn_and_needs_looking_at():
    result = outcome.proved(FOUND, proof(Verdict.DIFFERENT, differences=(DIFFERENCE,), differing=1))
    assert result.deferred == ()
    assert result.doubts == ("response.total differs in warm, invocation 2 (one)",)
    assert not result.is_settled


def test_what_could_not_be_seen_is_named_and_shipped():
    volatile = (
        VolatileField(field="response.id", values=("1",), places=1, decides=True),
        VolatileField(field="log line 1", values=("1",), places=1, decides=False),
    )
    result = outcome.proved(FOUND, proof(Verdict.UNDECIDED, unseen=("pycurl sends by itself",), volatile=volatile))
    assert len(result.deferred) == 2
    assert result.doubts == ("pycurl sends by itself", "response.id is never the same twice")
    assert (result.is_settled, result.is_final) == (False, True)


def test_nothing_is_deferred_of_a_function_that_never_answers_the_same():
    volatile = [VolatileField(field="response.id", values=("1", "2"), places=1, decides=True)] * 2
    volatile.append(VolatileField(field="log line 1, word 1", values=("1", "2"), places=1, decides=False))
    result = outcome.undecided(outcome.unexpected(volatile, ()), events=("one",))
    assert (result.proof, result.deferred, result.is_settled) == (Verdict.UNDECIDED, (), False)
    assert not result.is_final
    assert result.doubts == ("response.id is never the same twice, without deferral either",)


def test_what_is_said_to_be_volatile_is_no_doubt_and_all_else_is():
    volatile = [
        VolatileField(field=name, values=("1", "2"), places=1, decides=True) for name in ("response.id", "/tmp/a.json")
    ]
    assert outcome.unexpected(volatile, ["/tmp/*"]) == ("response.id",)
    proved = outcome.proved(FOUND, proof(Verdict.UNDECIDED, volatile=tuple(volatile)), expected=["/tmp/*", "*.id"])
    assert (proved.proof, proved.is_settled) == (Verdict.UNDECIDED, True)


def test_no_more_than_five_doubts_are_shown_and_the_rest_is_counted():
    result = outcome.undecided([f"response.id{number}" for number in range(7)], events=("one",))
    text = shown(result)
    assert "Deferred  nothing: it never answers or does the same twice; --volatile NAME" in text
    assert text.count("is never the same twice, without deferral either") == 5
    assert "and 2 more: --json - lists them" in text


def test_rewritten_bytecode_that_differs_by_itself_is_told():
    result = outcome.found(
        Searched(decisions=DECISIONS[2:], culprits=(), unexplained=DIFFERENCE), events=("one",), garbage=True
    )
    assert result.doubts == ("response.total differs in warm, invocation 2 (one), even with every import eager",)


def test_a_search_that_ran_out_of_time_says_how_it_goes_on():
    (doubt,) = outcome.unfinished(events=("one",), minutes=3).doubts
    assert doubt == "the search was not finished within 3 minutes; the same command goes on where it stopped"


def test_gains_are_of_pairs_so_that_what_slows_both_down_is_no_gain():
    old = [cold(100.0 + slow, 20.0, 50.0) for slow in range(0, 800, 100)]
    new = [cold(70.0 + slow, 25.0, 40.0) for slow in range(0, 800, 100)]
    found = gains(old, new)
    assert [(each.name, each.saved, each.low, each.high) for each in found] == [
        ("init", 30.0, 30.0, 30.0),
        ("init and first invocation", 25.0, 25.0, 25.0),
        ("the same by CPU time", 10.0, 10.0, 10.0),
        ("memory after init", 10.0, 10.0, 10.0),
    ]
    assert (found[1].n, found[1].old, found[1].new) == (8, 470.0, 445.0)


@pytest.mark.parametrize(("slower_ms", "is_shipped"), [(-1.0, True), (0.0, True), (0.1, True), (0.4, False)])
def test_what_makes_later_invocations_slower_is_withdrawn(slower_ms, is_shipped):
    old = [each for _ in range(8) for each in warm(cold(100.0, 20.0, 50.0), 9.0, 10.0, 50.0)]
    new = [each for _ in range(8) for each in warm(cold(60.0, 20.0, 40.0), 9.0, 10.0 + slower_ms, 50.0)]
    found = gains(old, new)
    assert (found[-1].name, found[-1].saved) == ("warm invocation", pytest.approx(-slower_ms))
    result = outcome.measured(FOUND, found)
    assert bool(result.deferred) is is_shipped
    assert result.withdrawn == ("" if is_shipped else "warm invocations take longer")


def test_cpu_time_counts_at_the_share_that_each_phase_has():
    sides = [cold(init_ms, first_ms, 50.0, memory_size_mb=128) for init_ms, first_ms in ((100.0, 0.0), (0.0, 50.0))]
    by_cpu = next(gain for gain in gains(sides[:1], sides[1:]) if gain.name == "the same by CPU time")
    assert (by_cpu.old, by_cpu.new) == (50.0, 50.0 * 1769 / 128)


def test_where_nobody_waits_for_init_the_first_invocation_decides():
    sides = [cold(init_ms, first_ms, 50.0) for init_ms, first_ms in ((100.0, 40.0), (150.0, 30.0))]
    found = gains(sides[:1], sides[1:], is_init_waited_for=False)
    assert [(each.name, each.saved) for each in found] == [
        ("init", -50.0),
        ("first invocation", 10.0),
        ("the same by CPU time", 10.0),
        ("memory after init", 0.0),
    ]
    assert is_sooner(found) is True
    assert is_sooner(gains(sides[:1], sides[1:])) is False


def test_pairs_without_an_init_are_left_out():
    assert gains([report()], [cold(1.0, 1.0, 1.0)]) == ()


@pytest.mark.parametrize(
    ("wall", "cpu", "sooner"),
    [
        ((1.0, 9.0), (-1.0, 1.0), True),
        ((-9.0, -1.0), (1.0, 9.0), False),
        ((-1.0, 9.0), (1.0, 9.0), True),
        ((-9.0, 1.0), (1.0, 9.0), None),
        ((-1.0, 9.0), (-1.0, 9.0), None),
    ],
)
def test_cpu_time_tells_where_the_time_itself_does_not(wall, cpu, sooner):
    assert is_sooner(gain(*wall, cpu=cpu)) is sooner
    assert is_sooner(()) is None


def test_the_screen_names_what_is_deferred_why_and_what_it_saves():
    culprit = Culprit(distribution="p==1", path="p/a.py", text="import plugins", reason="response differs in fresh")
    result = DeferralResult(
        events=("one",),
        deferred=DECISIONS[:2],
        decisions=DECISIONS,
        culprits=(culprit,),
        refused=("broken",),
        gains=gain(40.0, 60.0),
        proof=Verdict.SAME,
        trials=12,
        elapsed_s=31.0,
    )
    text = shown(result)
    assert "Deferred  2 imports, because none of your 1 event used what they import" in text
    assert "behaviour: same, by replay" in text
    assert "found in 31 s by 12 trials" in text
    assert "     80.0 ms  import numpy  app.py:3:0" in text
    assert "not deferred: import plugins  p/a.py of p==1: without it response differs in fresh" in text
    assert "init and first invocation, ms    200.0  150.0   50.0  40.0 … 60.0, n = 8" in text
    assert "not deferred: 1 used by an event" in text
    assert "not optimised by what fails without deferral too: broken" in text


def test_explained_every_import_has_its_reason():
    result = DeferralResult(events=("one",), deferred=DECISIONS[:2], decisions=DECISIONS, proof=Verdict.SAME)
    text = shown(result, is_explained=True)
    assert "Not deferred: used by an event" in text
    assert "import json  app.py:3:0  one" in text


def test_what_the_lock_says_is_told_to_be_that():
    text = shown(DeferralResult(events=("one",), deferred=DECISIONS[:1], is_locked=True), is_explained=True)
    assert "as headstart.lock.json has it: nothing has changed since" in text
    assert "delete headstart.lock.json" in text
