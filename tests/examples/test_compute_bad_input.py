"""Bad input to the function of examples/compute: a clear refusal, the same over HTTP, before anything is begun."""

import json
from typing import Any

import pytest
from examples.compute_function import REQUEST_ID, UNUSED, Compute

ACTIONS = "cpu_intensive_batch, async_tasks, performance_benchmark"
FILE = {"kind": "file", "name": "stations.csv"}


def batch(numbers: object, **more: object) -> dict[str, Any]:
    return {"action": "cpu_intensive_batch", "numbers": numbers, **more}


def tasks(*given: object, **more: object) -> dict[str, Any]:
    return {"action": "async_tasks", "tasks": list(given), **more}


def benchmark(numbers: object, **more: object) -> dict[str, Any]:
    return {"action": "performance_benchmark", "numbers": numbers, **more}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no action": ({"numbers": [1]}, f"action is missing; allowed: {ACTIONS}"),
    "unknown action": ({"action": "cpu_test"}, f'action is "cpu_test"; allowed: {ACTIONS}'),
    "action null": ({"action": None}, f"action is null; allowed: {ACTIONS}"),
    "numbers missing": ({"action": "cpu_intensive_batch"}, "numbers is missing"),
    "numbers null": (batch(None), "numbers must be an array or an object, is null"),
    "numbers a number": (batch(36), "numbers must be an array or an object, is an integer"),
    "no numbers": (batch([]), "numbers must be from 1 to 1000 long, is 0"),
    "1,001 numbers": (batch([1] * 1_001), "numbers must be from 1 to 1000 long, is 1001"),
    "negative": (batch([36, -36]), "numbers[1] must be from 0 to 20000, is -36"),
    "too large": (batch([20_001]), "numbers[0] must be from 0 to 20000, is 20001"),
    "4,000 digits": (batch([10**3_999]), "numbers[0] must be from 0 to 20000, is far beyond"),
    "a fraction": (batch([36.0]), "numbers[0] must be an integer, is a number"),
    "in quotes": (batch(["36"]), "numbers[0] must be an integer, is a string"),
    "true": (batch([True]), "numbers[0] must be an integer, is true"),
    "lists of numbers": (batch([[36]]), "numbers[0] must be an integer, is an array"),
    "span backwards": (batch({"first": 9, "last": 1}), "numbers must be 1 to 1000, from first up to last"),
    "span too long": (batch({"first": 1, "last": 1_001}), "numbers must be 1 to 1000, from first up to last"),
    "span negative": (batch({"first": -9, "last": 1}), "numbers.first must be from 0 to 20000, is -9"),
    "span without its end": (batch({"first": 1}), "numbers.last is missing"),
    "unknown mode": (batch([1], mode="gpu"), 'mode must be one of "auto", "serial", "threads", "processes", is "gpu"'),
    "unknown argument": (batch([1], size=9), '"size" is not known'),
    "no rounds": (benchmark([1], rounds=0), "rounds must be from 1 to 9, is 0"),
    "negative rounds": (benchmark([1], rounds=-1), "rounds must be from 1 to 9, is -1"),
    "a million rounds": (benchmark([1], rounds=10**6), "rounds must be from 1 to 9, is 1000000"),
    "benchmark of too much": (benchmark({"first": 0, "last": 20_000}), "numbers must be 1 to 1000"),
    "no tasks": (tasks(), "tasks must be from 1 to 100 long, is 0"),
    "101 tasks": (tasks(*[FILE] * 101), "tasks must be from 1 to 100 long, is 101"),
    "tasks an object": ({"action": "async_tasks", "tasks": FILE}, "tasks must be an array, is an object"),
    "limit zero": (tasks(FILE, limit=0), "limit must be from 1 to 50, is 0"),
    "limit negative": (tasks(FILE, limit=-5), "limit must be from 1 to 50, is -5"),
    "limit unbounded": (tasks(FILE, limit=51), "limit must be from 1 to 50, is 51"),
    "timeout negative": (tasks(FILE, timeout_s=-1), "timeout_s must be from 0.05 to 60, is -1.0"),
    "timeout in quotes": (tasks(FILE, timeout_s="5"), "timeout_s must be a number, is a string"),
}


@pytest.fixture
def compute(monkeypatch: pytest.MonkeyPatch) -> Compute:
    for name, value in UNUSED.items():
        monkeypatch.setenv(name, value)
    return Compute()


@pytest.mark.parametrize(("event", "reason"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(compute: Compute, event: dict[str, Any], reason: str):
    refusal = compute(event)
    assert {name: refusal[name] for name in ("status", "request_id")} == {"status": 400, "request_id": REQUEST_ID}
    assert reason in refusal["error"]
    assert "results" not in refusal
    assert compute.over_http(json.dumps(event)) == (400, refusal)


def test_a_number_of_50_000_digits_is_refused(compute: Compute):
    assert compute.batch([10**49_999], mode="serial")["error"] == "numbers[0] must be from 0 to 20000, is far beyond"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the body is empty; send JSON"),
        ("numbers=36", "the body is not JSON"),
        ('{"action": "cpu_intensive_batch", "numbers": [36', "the body is not JSON"),
        ('{"action": "cpu_intensive_batch", "numbers": [NaN]}', "the body is not JSON: it has NaN"),
        (
            f'{{"action": "cpu_intensive_batch", "numbers": [{"9" * 50_000}]}}',
            "the body has a number of too many digits",
        ),
        ('{"action": "cpu_intensive_batch", "numbers": [1e50000]}', "numbers[0] must be an integer, is a number"),
        ("[36]", "the input must be an object, is an array"),
    ],
    ids=["empty", "a form", "half", "NaN", "50,000 digits", "infinite", "an array"],
)
def test_a_body_that_cannot_be_is_refused(compute: Compute, body: str, reason: str):
    status, refusal = compute.over_http(body)
    assert status == 400
    assert reason in refusal["error"]


@pytest.mark.parametrize("event", [None, 36, "cpu_test", [36]], ids=repr)
def test_an_event_that_is_no_object_is_refused(compute: Compute, event: object):
    assert compute(event)["error"].startswith("the input must be an object, is ")


def test_a_good_request_over_http_is_answered(compute: Compute):
    status, answer = compute.over_http(json.dumps(batch([36])))
    assert (status, answer["results"][0]["fibonacci"]) == (200, 14_930_352)
