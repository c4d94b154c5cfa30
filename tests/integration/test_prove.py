"""headstart prove in real sandboxes: each kind of difference is found, and no other."""

from pathlib import Path

import pytest
from prove_fixture import EVENTS, Pair

from headstart.errors import ConfigError
from headstart.model.invocation import Event
from headstart.model.proof import Verdict

USUAL = """
import json
import logging

logging.getLogger().setLevel("INFO")
seen = []


def handler(event, context):
    seen.append(event["n"])
    logging.info("event %s of %s", event["n"], context.aws_request_id)
    with open(f"/tmp/{event['n']}.txt", "w") as file:
        file.write("kept")
    if event["n"] == 2:
        raise ValueError("two")
    return {"statusCode": 200, "body": json.dumps({"count": len(seen)})}
"""


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


async def test_the_same_in_other_words_is_the_same(pair):
    new = USUAL.replace("seen = []", "\n\nseen = list()").replace(
        "f\"/tmp/{event['n']}.txt\"", '"/tmp/%d.txt" % event["n"]'
    )
    result = await pair.prove(USUAL, new)
    assert (result.verdict, result.volatile, result.unseen) == (Verdict.SAME, (), ()), result
    assert result.failing == ("two: ValueError: two",)
    assert result.seen_planted == ("the log", "/tmp", "the network")
    assert result.compared > 100


@pytest.mark.parametrize(
    ("before", "after", "field", "place"),
    [
        ('"statusCode": 200', '"statusCode": 201', "response.statusCode", "fresh, invocation 1 (one)"),
        ('{"statusCode": 200, "body"', '{"body"', "response (its keys)", "fresh, invocation 1 (one)"),
        ("len(seen)})", "len(seen)}, indent=1)", "response.body (its form)", "fresh, invocation 1 (one)"),
        ("ValueError", "TypeError", "error.errorType", "fresh, invocation 2 (two)"),
        ('("two")', '("too")', "error.errorMessage", "fresh, invocation 2 (two)"),
        ("event %s of", "Event %s of", "log line 1, word 3", "fresh, invocation 1 (one)"),
        ("logging.info", "logging.warning", "log line 1, word 1", "fresh, invocation 1 (one)"),
        ('"kept"', '"lost"', "/tmp/1.txt", "fresh, invocation 1 (one)"),
        ("seen.append", "seen[:] = [0]; str", "response.body.count", "warm, invocation 3 (one)"),
        ("raise ValueError", "import os; os._exit(3); ValueError", "outcome", "fresh, invocation 2 (two)"),
        ("seen = []", "import os\nseen = []\nos.system(':')", "process 1", "fresh, invocation 1 (one)"),
    ],
)  # fmt: skip
async def test_a_difference_is_found_and_the_first_is_told(pair, before, after, field, place):
    assert before in USUAL
    result = await pair.prove(USUAL, USUAL.replace(before, after))
    assert result.verdict is Verdict.DIFFERENT
    assert (result.differences[0].field, result.differences[0].place) == (field, place)
    assert result.rounds == 3


async def test_state_that_leaks_from_event_to_event_is_found_in_another_order(pair):
    """One that only the first event of an environment shows: never in fresh ones, nor in the order given."""
    pair.events = (Event(b"1", name="one"), Event(b"2", name="two"), Event(b"3", name="three"))
    old = "first = []\n\n\ndef handler(event, context):\n    first.append(event)\n    return %s\n"
    result = await pair.prove(old % "event", old % "event if first[0] == 1 or len(first) == 1 else -1")
    assert result.verdict is Verdict.DIFFERENT
    assert result.differences[0].place.startswith("any order")


async def test_what_is_never_the_same_twice_is_named_and_undecided(pair):
    source = USUAL.replace('"statusCode": 200', '"statusCode": 200, "order": list({"a", "b", "c", "d", "e", "f"})')
    result = await pair.prove(source, source)
    assert (result.verdict, result.differences) == (Verdict.UNDECIDED, ())
    assert {field.field.partition("[")[0] for field in result.volatile if field.decides} == {"response.order"}


async def test_what_is_volatile_in_the_log_alone_is_listed_and_the_rest_is_compared(pair):
    source = USUAL.replace("seen.append", "import time; print('took', time.time_ns()); seen.append")
    result = await pair.prove(source, source)
    assert (result.verdict, result.unseen) == (Verdict.SAME, ())
    assert {(field.field, field.decides) for field in result.volatile} == {("log line 1, word 2", False)}
    worse = await pair.prove(source, source.replace("'took'", "'Took'"))
    assert worse.differences[0].field == "log line 1, word 1"


async def test_a_volatile_value_of_another_kind_is_different(pair):
    source = "import time\n\n\ndef handler(event, context):\n    return {'now': %s}\n"
    result = await pair.prove(source % "time.time_ns()", source % "str(time.time_ns())")
    assert (result.verdict, result.differences[0].field) == (Verdict.DIFFERENT, "response.now")


async def test_a_new_package_that_alone_is_never_the_same_is_different(pair):
    source = "import time\n\n\ndef handler(event, context):\n    return %s\n"
    result = await pair.prove(source % "1", source % "time.time_ns()")
    assert result.verdict is Verdict.DIFFERENT


@pytest.mark.slow
async def test_a_crash_is_an_outcome_like_others_but_hides_what_was_sent(pair):
    crash = "import os\n\n\ndef handler(event, context):\n    %s\n"
    pair.events = EVENTS[:1]
    same = await pair.prove(crash % "os.kill(os.getpid(), 11)", crash % "os.kill(os.getpid(), 11)")
    assert same.verdict is Verdict.UNDECIDED
    assert any("the runtime ended (RuntimeExited)" in sentence for sentence in same.unseen)
    assert any("every event fails" in sentence for sentence in same.unseen)
    other = await pair.prove(crash % "os.kill(os.getpid(), 11)", crash % "os.kill(os.getpid(), 6)")
    assert (other.verdict, other.differences[0].field) == (Verdict.DIFFERENT, "exit")
    code = await pair.prove(crash % "os._exit(3)", crash % "os._exit(4)")
    assert "exit status 4" in (code.differences[0].new or "")


async def test_where_a_planted_side_effect_is_not_seen_nothing_is_called_the_same(pair):
    source = (
        "import os\nos.dup2(os.open('/dev/null', os.O_WRONLY), 1)\n\n\ndef handler(event, context):\n    return 1\n"
    )
    result = await pair.prove(source, source)
    assert (result.verdict, result.seen_planted) == (Verdict.UNDECIDED, ("/tmp", "the network"))
    assert result.unseen == ("a planted side effect was not seen in: the log",)


async def test_a_module_with_side_effects_makes_it_fail(pair, tmp_path):
    """The negative control from outside: the same handler, and one import more."""
    pair.project("new", "")
    (tmp_path / "new/planted.py").write_text("open('/tmp/cache', 'w').close()\nimport json\njson.dumps = repr\n")
    result = await pair.prove(USUAL, USUAL.replace("import json", "import json\nimport planted"))
    assert result.verdict is Verdict.DIFFERENT
    assert {"/tmp/cache", "response.body"} <= {each.field for each in result.differences}


@pytest.mark.slow
async def test_the_functions_own_tests_are_run_against_both(pair, tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    with pytest.raises(ConfigError, match="has no tests"):
        await pair.prove(USUAL, USUAL, tests=tests)
    (tests / "test_app.py").write_text(
        "import unittest\n\nimport app\n\n\nclass AppTest(unittest.TestCase):\n"
        "    def test_seen(self):\n        self.assertEqual(app.seen, [])\n"
        "    def test_wrong(self):\n        self.fail('always')\n"
    )
    same = await pair.prove(USUAL, USUAL, tests=tests)
    assert same.verdict is Verdict.SAME
    assert "of 2 tests 1 passed with the old package" in same.notes
    other = await pair.prove(USUAL, USUAL.replace("seen = []", "seen = bytearray()"), tests=tests)
    assert [each.field for each in other.differences] == ["test test_app.AppTest.test_seen"]
