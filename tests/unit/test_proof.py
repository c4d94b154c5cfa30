"""The proof by replay against scripted packages: what is volatile, what differs, in which order, and what it says."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest

from headstart.model.invocation import Event, FunctionError, LogLine, Succeeded
from headstart.model.progress import NoProgress
from headstart.model.proof import Observation, Observed, ProofResult, Sent, Side, Verdict
from headstart.optimize.proof.comparison import compare
from headstart.optimize.proof.fields import Describer, decides
from headstart.optimize.proof.own_tests import with_tests
from headstart.optimize.proof.prove import PLANTED, Replays, Setting, prove
from headstart.optimize.proof.replay import steps
from headstart.testing import report

EVENTS = (Event(b"1", name="one"), Event(b"2", name="two"))
Answers = Callable[[Setting, Event], Observed]


class ScriptedObserver:
    """An Observer that plays a script; a planted mark is seen in each part of ``sees``."""

    def __init__(self, setting: Setting, answers: Answers, sees: tuple[str, ...]) -> None:
        self.setting, self.answers, self.sees = setting, answers, sees
        self.asked: list[tuple[str, bool]] = []

    async def observe(self, event: Event, *, fresh: bool) -> Observed:
        self.asked.append((event.name, fresh))
        observed = self.answers(self.setting, event)
        return planted(observed, self.sees) if self.setting.planted else observed

    async def close(self) -> None: ...


def planted(observed: Observed, sees: tuple[str, ...]) -> Observed:
    return Observed(
        report=report(outcome=observed.report.outcome, log=(LogLine(0, PLANTED),) if "log" in sees else ()),
        files={PLANTED: "x"} if "/tmp" in sees else {},
        network=(Sent("1", "127.0.0.1:9", PLANTED.encode()),) if "network" in sees else (),
    )


def answer(payload: bytes, *, log: tuple[str, ...] = (), event: str = "event", **more: object) -> Observed:
    lines = tuple(LogLine(0, text) for text in log)
    return Observed(report=report(outcome=Succeeded(payload), log=lines, event_name=event), **more)  # type: ignore[arg-type]


async def proved(
    answers: Answers,
    *,
    sees: tuple[str, ...] = ("log", "/tmp", "network"),
    observers: list[ScriptedObserver] | None = None,
) -> ProofResult:
    @asynccontextmanager
    async def open_pass(setting: Setting) -> AsyncIterator[ScriptedObserver]:
        observer = ScriptedObserver(setting, answers, sees)
        if observers is not None:
            observers.append(observer)
        yield observer

    replays = Replays(open_pass=open_pass, events=EVENTS, names=("a", "b"), progress=NoProgress())
    return await prove(replays, shuffle=random.Random(1))


async def test_each_package_is_run_against_itself_first_and_then_they_are_compared():
    observers: list[ScriptedObserver] = []
    result = await proved(lambda _, event: answer(event.payload, event=event.name), observers=observers)
    assert (result.verdict, result.differences, result.volatile) == (Verdict.SAME, (), ())
    run = [(each.setting.side, each.setting.seed, each.setting.planted) for each in observers]
    old, new = Side.OLD, Side.NEW
    assert run == [(old, 0, ""), (old, 1, ""), (new, 0, ""), (new, 1, ""), (old, 0, PLANTED)]
    assert len({tuple(each.asked) for each in observers[:4]}) == 1
    fresh = [("one", True), ("two", True)]
    warm = [("one", True), ("two", False), ("one", False), ("two", False)]
    assert observers[0].asked[:6] == fresh + warm
    assert sorted(name for name, _ in observers[0].asked[6:]) == ["one", "two"]
    assert [is_fresh for _, is_fresh in observers[0].asked[6:]] == [True, False]
    assert (result.events, result.invocations, result.rounds) == (2, 32, 2)


def test_one_event_has_no_other_order():
    assert steps([0]) == (("fresh", 0, True), ("warm", 0, True), ("warm", 0, False))


async def test_a_difference_is_confirmed_by_one_more_run_of_both():
    """What the old package did the same twice by chance, and not the third time, is volatile after all."""
    result = await proved(lambda setting, _: answer(b"1" if setting.seed < 2 and setting.side == "old" else b"2"))
    assert (result.verdict, result.rounds) == (Verdict.UNDECIDED, 3)
    assert [field.field for field in result.volatile] == ["response"]
    surely = await proved(lambda setting, _: answer(b"1" if setting.side == "old" else b"2"))
    assert (surely.verdict, surely.differences[0].old, surely.differences[0].new) == (Verdict.DIFFERENT, "1", "2")


async def test_what_only_the_new_package_does_not_repeat_is_a_difference():
    result = await proved(lambda setting, _: answer(b"1" if setting.side == "old" else b"%d" % setting.seed))
    assert (result.verdict, result.differences[0].new) == (Verdict.DIFFERENT, "0 or 1")


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ('"took %d ms"', '"took %d ms"', Verdict.UNDECIDED),
        ('"took %d ms"', '"took %d s"', Verdict.DIFFERENT),
        ('"took %d ms"', '"it took %d ms"', Verdict.UNDECIDED),  # what stands where cannot be told
    ],
)
async def test_what_stays_the_same_in_a_volatile_text_is_compared(old, new, verdict):
    def answers(setting: Setting, _: Event) -> Observed:
        return answer(({"old": old, "new": new}[setting.side] % (setting.seed + 5 * (setting.side == "new"))).encode())

    assert (await proved(answers)).verdict is verdict


async def test_what_changes_with_the_time_of_day_is_volatile():
    """The clock strikes between the last two runs of both, so the old package is run once more."""
    runs = []

    def answers(setting: Setting, _: Event) -> Observed:
        runs.append(setting) if setting not in runs else None
        changed = b"x" if (setting.side, setting.seed) == ("new", 0) else b"1"
        return answer(b'{"at": "%d o\'clock", "x": "%s"}' % (9 if len(runs) < 6 else 10, changed))

    result = await proved(answers)
    assert {each.field for each in result.differences} == {"response.x"}
    assert [field.field for field in result.volatile] == ["response.at"]


async def test_volatile_fields_are_named_with_their_values_and_the_others_are_still_compared():
    def answers(setting: Setting, _: Event) -> Observed:
        total = 1 if setting.side == "old" else 2
        return answer(b'{"id": "%d", "total": %d}' % (setting.seed + 10 * (setting.side == "new"), total))

    result = await proved(answers)
    assert [(each.field, each.old, each.new) for each in result.differences][:1] == [("response.total", "1", "2")]
    (volatile,) = result.volatile
    assert (volatile.field, volatile.values, volatile.places, volatile.decides) == (
        "response.id",
        ('"0"', '"1"'),
        8,
        True,
    )


@pytest.mark.parametrize("part", ["log", "/tmp", "network"])
async def test_it_is_undecided_where_the_planted_side_effect_is_not_seen(part):
    sees = tuple(each for each in ("log", "/tmp", "network") if each != part)
    result = await proved(lambda *_: answer(b"1"), sees=sees)
    assert (result.verdict, len(result.seen_planted)) == (Verdict.UNDECIDED, 2)
    assert part in result.unseen[0]


async def test_what_cannot_be_seen_is_told_and_leaves_it_undecided():
    result = await proved(lambda *_: answer(b"1", files=None, network=None, unseen=("grpc is native",)))
    assert result.verdict is Verdict.UNDECIDED
    assert result.unseen[:3] == (
        "grpc is native",
        "files in /tmp could not be listed on this machine",
        "what was sent could not be seen: the runtime is not AWS's client for Python",
    )


async def test_events_that_fail_in_both_are_told_and_if_all_do_nothing_is_proved():
    def fails(names: Mapping[str, str]) -> Answers:
        def answers(_: Setting, event: Event) -> Observed:
            if event.name not in names:
                return answer(b"1", event=event.name)
            outcome = FunctionError(b'{"errorType": "KeyError", "errorMessage": "x"}', "KeyError", names[event.name])
            return Observed(report=report(outcome=outcome, event_name=event.name))

        return answers

    some = await proved(fails({"two": "x"}))
    assert (some.verdict, some.failing) == (Verdict.SAME, ("two: KeyError: x",))
    every = await proved(fails({"one": "x", "two": "x"}))
    assert every.verdict is Verdict.UNDECIDED
    assert any("every event fails" in sentence for sentence in every.unseen)


def fields(observed: Observed) -> dict[str, str]:
    return Describer().describe(observed, replay="fresh", position=0).fields


def test_a_response_is_compared_value_by_value_and_the_json_inside_strings_too():
    found = fields(answer(b'{"statusCode": 200, "body": "{\\"a\\": [1, 1.0, true, null, \\"1\\"]}"}'))
    assert found == {
        "outcome": "Succeeded",
        "response (its keys)": "statusCode, body",
        "response.statusCode": "200",
        "response.body (its keys)": "a",
        "response.body.a (its length)": "5",
        "response.body.a[0]": "1",
        "response.body.a[1]": "1.0",
        "response.body.a[2]": "true",
        "response.body.a[3]": "null",
        "response.body.a[4]": '"1"',
        "response.body (its form)": found["response.body (its form)"],
        "response (its form)": found["response (its form)"],
    }
    other_form = fields(answer(b'{"statusCode": 200, "body": "{\\"a\\":[1, 1.0, true, null, \\"1\\"]}"}'))
    assert {name for name in found if found[name] != other_form[name]} == {"response.body (its form)"}


@pytest.mark.parametrize("payload", [b"\xff\xfe", b'"text"', b"", b'{"broken', b"null", b"[1e400]"])
def test_any_payload_has_fields(payload):
    assert {name for name in fields(answer(payload)) if name.startswith("response")}


def test_what_the_lab_chose_is_called_by_its_name_and_the_time_of_the_runtime_is_left_out():
    log = (
        "[INFO]\t2026-11-25T10:00:00.000Z\tid-1\thello",
        '{"timestamp": "now", "level": "INFO", "message": "hi", "requestId": "id-1"}',
        '{"timestamp": "mine", "message": "hi"}',
        "[INFO]\tmine\tnot-an-id\thello",
    )
    observed = answer(b'"id-1"', log=log, names={"id-1": "<request id 1>"})
    found = fields(observed)
    assert found["response"] == '"<request id 1>"'
    assert [found[f"log line 1, word {n}"] for n in (1, 2, 3)] == ["[INFO]", "\t<request id 1>", "\thello"]
    assert "log line 2.timestamp" not in found
    assert found["log line 3.timestamp"] == '"mine"'
    assert found["log line 4, word 2"] == "\tmine"


def test_tracebacks_are_compared_without_where_the_lines_lie():
    head = "[ERROR] KeyError: 1\rTraceback (most recent call last):"
    log = (f'{head}\r\xa0\xa0File "a.py", line 3, in f\r\xa0\xa0\xa0\xa0x[1]',)
    printed = (
        "Traceback (most recent call last):",
        '  File "a.py", line 3, in f',
        "    x[1]",
        "KeyError: 1",
        "  after",
    )
    moved = tuple(text.replace("line 3", "line 4") for text in (*log, *printed))
    found = fields(answer(b"1", log=(*log, *printed)))
    assert found == fields(answer(b"1", log=moved))
    assert "  after" in found.values()
    assert "KeyError:" in found.values()


def test_headers_and_the_log_do_not_decide():
    assert not decides("service call 1, header x-amz-date")
    assert not decides("log line 3, word 2")
    assert all(
        map(decides, ("response.log", "/tmp/log", "network call 1", "service call 1, body", "process 1", "exit"))
    )


def test_own_tests_are_fields_more():
    result = ProofResult(old_name="a", new_name="b", verdict=Verdict.SAME, compared=5)
    fine, broken = {"t::one": "passed", "t::two": "KeyError"}, {"t::one": "ValueError", "t::two": "KeyError"}
    same = with_tests(result, old=[fine, fine], new=[fine, fine])
    assert (same.verdict, same.compared, same.failing) == (Verdict.SAME, 7, ("test t::two fails in both: KeyError",))
    other = with_tests(result, old=[fine, fine], new=[broken, broken])
    assert (other.verdict, other.differences[0].field) == (Verdict.DIFFERENT, "test t::one")
    flaky = with_tests(result, old=[fine, broken], new=[fine, fine])
    assert flaky.verdict is Verdict.UNDECIDED


def test_a_field_that_is_there_on_one_side_only_differs():
    def seen(**found: str) -> list[Observation]:
        return [Observation(replay="fresh", position=0, event_name="e", fields=found)]

    (gone, new) = compare([seen(a="1", b="2")] * 2, [seen(b="2", c="3")] * 2).differences
    assert ((gone.field, gone.old, gone.new), (new.field, new.old, new.new)) == (("a", "1", None), ("c", None, "3"))
    many = {f"f{n}": "1" for n in range(80)}
    comparison = compare([seen(**many)], [seen()])
    assert (len(comparison.differences), comparison.differing) == (50, 80)
