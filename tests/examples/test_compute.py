"""What the function of examples/compute calculates, and how. D70 … D80 are the course's defects."""

import json
import os
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from examples.compute_function import MODES, UNUSED, Compute

from headstart_kit.deadline import Deadline, begin
from headstart_kit.errors import ProcessDiedError
from headstart_kit.parallel.outcomes import FailedItem

LARGE = {"first": 19_801, "last": 20_000}
LARGEST = {"first": 19_001, "last": 20_000}
NO_TIME = "no time was left for it"


@pytest.fixture
def compute(monkeypatch: pytest.MonkeyPatch) -> Compute:
    """The function where two vCPUs are there."""
    for name, value in {**UNUSED, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3538"}.items():
        monkeypatch.setenv(name, value)
    return Compute()


def results_by_definition(numbers: list[int]) -> list[dict[str, Any]]:
    """The slow way: by the definition of each."""
    fibonacci, primes = [0, 1], []
    for number in range(2, max(numbers) + 1):
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
        if all(number % prime for prime in primes if prime * prime <= number):
            primes.append(number)
    return [
        {
            "number": number,
            "fibonacci": fibonacci[number] if fibonacci[number] < 2**53 else str(fibonacci[number]),
            "prime_count": sum(prime <= number for prime in primes),
            "sum_of_squares": number * (number + 1) * (2 * number + 1) // 6,
        }
        for number in numbers
    ]


@pytest.mark.parametrize("mode", MODES)
def test_results_are_right_in_every_mode(compute: Compute, mode: str):
    numbers = [*range(300), 4_999, 5_000]
    assert compute.batch(numbers, mode=mode)["results"] == results_by_definition(numbers)


@pytest.mark.parametrize(("number", "primes"), [(100, 25), (1_000, 168), (10_000, 1_229), (20_000, 2_262)])
def test_primes_are_as_many_as_tables_say(compute: Compute, number: int, primes: int):
    assert compute.batch([number])["results"][0]["prime_count"] == primes


def test_d79_fibonacci_of_36_is_right(compute: Compute):
    assert [one["fibonacci"] for one in compute.batch([35, 36])["results"]] == [9_227_465, 14_930_352]


def test_d79_the_largest_number_is_answered_with_all_its_digits(compute: Compute):
    [largest] = compute.batch([20_000])["results"]
    assert len(largest["fibonacci"]) == 4_180
    assert int(largest["fibonacci"]) == int(results_by_definition([20_000])[0]["fibonacci"])


def test_integers_become_strings_where_readers_of_json_would_lose_digits(compute: Compute):
    kept, too_long = compute.batch([78, 79])["results"]
    assert (kept["fibonacci"], too_long["fibonacci"]) == (8_944_394_323_791_464, "14472334024676221")
    assert json.loads(json.dumps(kept["fibonacci"]), parse_int=float) == kept["fibonacci"]


def test_d70_more_than_a_thousand_steps_run_in_processes(compute: Compute):
    answer = compute.batch(LARGEST, mode="processes")
    assert (answer["ran"]["kind"], answer["ran"]["items"], answer["unfinished"]) == ("processes", 1_000, 0)


@pytest.mark.parametrize("mode", MODES)
def test_d72_results_are_in_the_order_of_the_numbers(compute: Compute, mode: str):
    numbers = [20_000, 3, 19_999, 1, 1, 0, 15_000, 2] * 20
    assert [one["number"] for one in compute.batch(numbers, mode=mode)["results"]] == numbers


def test_d73_every_mode_answers_the_same(compute: Compute):
    answers = [compute.batch(LARGE, mode=mode) for mode in MODES]
    assert [answer.pop("ran")["items"] for answer in answers] == [200] * len(MODES)
    assert answers == [answers[0]] * len(MODES)


@pytest.mark.parametrize("mode", MODES)
def test_d73_every_mode_refuses_the_same(compute: Compute, mode: str):
    refusal = compute.batch([5, -1], mode=mode)
    assert (refusal["status"], refusal["error"]) == (400, "numbers[1] must be from 0 to 20000, is -1")


def test_d73_a_failure_that_is_not_the_callers_is_raised(compute: Compute):
    with pytest.raises(ProcessDiedError):
        compute.app.in_time(5, FailedItem(0, ProcessDiedError("item 0", index=0)))


@pytest.mark.parametrize("memory_mb", ["128", "1769"])
def test_d74_calculating_never_goes_in_threads_by_itself(
    memory_mb: str, *, compute: Compute, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb)
    assert compute.batch(LARGE)["ran"]["kind"] == "serial"


@pytest.mark.parametrize(("memory_mb", "at_once"), [("1769", 1), ("3538", 2), ("5307", 3)])
def test_d75_the_memory_size_says_how_many_processes(
    memory_mb: str, at_once: int, *, compute: Compute, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb)
    assert compute.batch({"first": 19_001, "last": 19_150}, mode="processes")["ran"]["at_once"] == at_once


def test_d76_what_is_reported_is_what_ran_not_what_was_asked_for(compute: Compute, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
    ran = compute.batch(LARGE, mode="processes")["ran"]
    assert (ran["kind"], ran["at_once"], ran["items"]) == ("serial", 1, 200)


@pytest.mark.parametrize("event", [{}, {"action": "cpu_test"}, {"numbers": [1]}], ids=["empty", "cpu_test", "none"])
def test_d77_there_is_no_default_action(compute: Compute, event: dict[str, Any]):
    refusal = compute(event)
    assert refusal["status"] == 400
    assert "allowed: cpu_intensive_batch, async_tasks, performance_benchmark" in refusal["error"]


@pytest.mark.parametrize("mode", ["serial", "threads", "processes", "auto"])
def test_d80_what_there_was_no_time_for_is_said_of_each_number(compute: Compute, mode: str):
    answer = compute.batch(LARGEST, mode=mode, timeout_ms=250)
    missed = [one for one in answer["results"] if "error" in one]
    done = [one for one in answer["results"] if "error" not in one]
    assert [one["number"] for one in answer["results"]] == list(range(19_001, 20_001))
    assert (len(missed), len(done)) == (answer["unfinished"], answer["ran"]["items"])
    assert missed
    assert all(one == {"number": one["number"], "error": NO_TIME} for one in missed)
    assert done == results_by_definition([one["number"] for one in done])


@pytest.mark.parametrize("numbers", [list(range(1_001)), {"first": 0, "last": 1_000}], ids=["list", "span"])
def test_d80_more_than_a_thousand_numbers_are_refused(compute: Compute, numbers: object):
    refusal = compute.batch(numbers)
    assert refusal["status"] == 400
    assert "1001" in refusal["error"]


def test_an_answer_of_the_most_and_largest_numbers_fits_into_what_lambda_takes(compute: Compute):
    assert len(json.dumps(compute.batch([20_000] * 1_000, mode="processes"))) < 6 * 1024 * 1024


class Counted:
    """Counts its calls, in whichever process they are."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, item: int) -> int:
        calls = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(calls, b".")
        os.close(calls)
        return item

    @property
    def calls(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0


@pytest.mark.parametrize("rounds", [2, 3])
def test_d78_a_benchmark_runs_all_items_of_which_it_says_how_fast_they_were(
    rounds: int, *, compute: Compute, tmp_path: Path
):
    fn = Counted(tmp_path / "calls")
    found = compute.app.compare(fn, range(500), rounds=rounds)
    assert fn.calls == len(MODES) * rounds * 500
    for row in found["rows"]:
        assert row["rounds"] == rounds
        assert row["items_per_s"] == pytest.approx(median(500 / wall_ms * 1000 for wall_ms in row["wall_ms"]), rel=0.1)


def test_d78_each_row_ran_what_it_says(compute: Compute):
    answer = compute.benchmark(LARGE, rounds=1)
    assert answer["items"] == 200
    assert [(row["asked_for"], row["ran"]) for row in answer["rows"][:3]] == [
        ("serial", ["serial"]),
        ("threads", ["threads"]),
        ("processes", ["processes"]),
    ]
    assert answer["rows"][3]["ran"] == answer["auto_chose"] != []
    assert answer["notes"] == []


def test_d76_a_benchmark_says_that_processes_cannot_pay_at_a_vcpu(compute: Compute, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
    answer = compute.benchmark(LARGE, rounds=1)
    assert answer["auto_chose"] == ["serial"]
    assert answer["rows"][2]["ran"] == ["serial"]
    [note] = answer["notes"]
    assert note.startswith("with 1.00 vCPUs processes cannot pay")


def test_d80_a_benchmark_ends_with_the_time_and_counts_whole_runs_only(compute: Compute, tmp_path: Path):
    before = begin(Deadline(200, margin_ms=0))
    try:
        found = compute.app.compare(compute.app.calculate, range(19_001, 20_001), rounds=9)
    finally:
        begin(before)
    assert sum(row["rounds"] for row in found["rows"]) < len(MODES) * 9
    assert any(note.startswith("there was time for ") for note in found["notes"])
    for row in found["rows"]:
        assert (row["items_per_s"] is None) == (row["rounds"] == 0)
