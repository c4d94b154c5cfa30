"""``parallel_map`` is one contract in three ways: order, each item once, errors, the deadline, and what it reports."""

import os
import threading
import time
from collections import Counter

import pytest

from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError
from headstart_kit.parallel.mapping import parallel_map
from headstart_kit.parallel.outcomes import FailedItem
from headstart_kit.parallel.report import ParallelReport

KINDS = ("serial", "threads", "processes")
every_kind = pytest.mark.parametrize("kind", KINDS)
MEMORY_SIZE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


@pytest.fixture(autouse=True)
def _two_vcpus(monkeypatch):
    monkeypatch.setenv(MEMORY_SIZE, "3538")


def burn(cpu_ms: float) -> None:
    end = time.thread_time() + cpu_ms / 1000
    while time.thread_time() < end:
        pass


class Reports(list[ParallelReport]):
    """Collects reports."""

    def __call__(self, report: ParallelReport) -> None:
        self.append(report)

    @property
    def kind(self) -> str:
        (report,) = self
        return report.kind


@every_kind
def test_d70_lambdas_and_closures_are_fit_for_every_kind(kind):
    offset, reports = 10, Reports()
    assert parallel_map(lambda x: x + offset, range(100), kind=kind, report=reports) == list(range(10, 110))
    assert reports.kind == kind


@every_kind
def test_items_need_not_be_picklable(kind):
    locks = [threading.Lock() for _ in range(10)]
    assert parallel_map(lambda lock: lock.acquire(blocking=False), locks, kind=kind) == [True] * 10


@every_kind
def test_d72_results_have_the_order_of_the_items(kind):
    def last_first(x: int) -> int:
        time.sleep((20 - x) / 2000)
        return x

    assert parallel_map(last_first, range(20), kind=kind) == list(range(20))


@every_kind
@pytest.mark.parametrize(
    "items", [[], [3], (3, 4), range(2, 9), {5: 1, 6: 2}, (x for x in range(5))], ids=lambda items: type(items).__name__
)
def test_items_may_be_any_iterable(kind, items):
    listed = list(items)
    given = iter(listed) if not isinstance(items, (list, tuple, range, dict)) else items
    assert parallel_map(str, given, kind=kind) == [str(item) for item in listed]


@every_kind
def test_each_item_is_run_once(kind, tmp_path):
    def note(x: int) -> None:
        with (tmp_path / "log").open("a") as log:
            log.write(f"{x}\n")

    parallel_map(note, range(3000), kind=kind)
    assert Counter((tmp_path / "log").read_text().split()) == {str(x): 1 for x in range(3000)}


def test_the_probe_runs_no_item_twice(tmp_path):
    def note(x: int) -> int:
        burn(10)
        with (tmp_path / "log").open("a") as log:
            log.write(f"{x}\n")
        return x

    reports = Reports()
    assert parallel_map(note, range(40), report=reports) == list(range(40))
    assert Counter((tmp_path / "log").read_text().split()) == {str(x): 1 for x in range(40)}
    assert 0 < reports[0].probe_items < 40


def fail_on_some(x: int) -> int:
    if x % 10 == 3:
        raise KeyError(x)
    return x


@every_kind
def test_d73_the_first_error_by_index_is_raised_in_every_kind(kind):
    def slow_is_first(x: int) -> int:
        time.sleep(0.05 if x == 3 else 0)
        return fail_on_some(x)

    with pytest.raises(KeyError) as raised:
        parallel_map(slow_is_first, range(100), kind=kind)
    assert raised.value.args == (3,)
    assert "item 3 of parallel_map" in raised.value.__notes__


@every_kind
def test_d73_errors_are_kept_in_their_places_in_every_kind(kind):
    results = parallel_map(fail_on_some, range(100), kind=kind, on_error="keep")
    for index, result in enumerate(results):
        if index % 10 == 3:
            assert isinstance(result, FailedItem)
            assert result.index == index
            assert isinstance(result.error, KeyError)
            assert result.error.args == (index,)
        else:
            assert result == index
    assert repr(results[3]) == "FailedItem(index=3, error=KeyError(3))"


@every_kind
@pytest.mark.parametrize("error", [StopIteration(7), SystemExit(3), GeneratorExit()], ids=repr)
def test_no_exception_is_a_way_out_of_the_map(kind, error):
    def fail(x: int) -> int:
        if x == 5:
            raise error
        return x

    results = parallel_map(fail, range(20), kind=kind, on_error="keep")
    assert results[:5] + results[6:] == [x for x in range(20) if x != 5]
    assert type(results[5].error) is type(error)
    assert results[5].error.args == error.args
    with pytest.raises(type(error)):
        parallel_map(fail, range(20), kind=kind)


@every_kind
def test_after_an_error_no_other_item_begins(kind, tmp_path):
    def fail_at_10(x: int) -> None:
        (tmp_path / str(x)).touch()
        time.sleep(0.001)
        if x == 10:
            raise ValueError(x)

    with pytest.raises(ValueError, match="10"):
        parallel_map(fail_at_10, range(1000), kind=kind)
    begun = {int(path.name) for path in tmp_path.iterdir()}
    assert set(range(11)) <= begun
    assert len(begun) < 200


def test_an_error_from_a_process_tells_where_it_was_raised():
    def fail_in_a_function_of_its_own(x: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        parallel_map(fail_in_a_function_of_its_own, range(3), kind="processes")
    assert "fail_in_a_function_of_its_own" in raised.value.__notes__[0]


@every_kind
def test_the_deadline_in_the_middle(kind):
    begun = time.monotonic()
    with pytest.raises(DeadlineError, match=r"on_error='keep' returns what was done") as raised:
        parallel_map(lambda _: time.sleep(0.02), range(1000), kind=kind, deadline=Deadline(200, margin_ms=0))
    assert time.monotonic() - begun < 5
    unfinished = raised.value.unfinished
    assert 100 < len(unfinished) < 1000
    assert unfinished[-1] == 999
    assert f"{len(unfinished)} of 1000 items, the first of them item {unfinished[0]}" in str(raised.value)


@every_kind
def test_the_deadline_keeps_what_was_done(kind):
    def slow(x: int) -> int:
        time.sleep(0.02)
        return x

    results = parallel_map(slow, range(1000), kind=kind, on_error="keep", deadline=Deadline(200, margin_ms=0))
    missed = [result for result in results if isinstance(result, FailedItem)]
    assert 100 < len(missed) < 1000
    assert {type(failed.error) for failed in missed} == {DeadlineError}
    assert all(result == index for index, result in enumerate(results) if result not in missed)
    assert [failed.index for failed in missed] == list(missed[0].error.unfinished)


def test_threads_that_outlive_the_deadline_change_nothing_any_more():
    results = parallel_map(
        lambda x: time.sleep(0.3), range(4), kind="threads", on_error="keep", deadline=Deadline(50, margin_ms=0)
    )
    time.sleep(0.5)
    assert [type(result.error) for result in results] == [DeadlineError] * 4


@pytest.mark.parametrize("kind", ["auto", *KINDS])
def test_after_the_deadline_nothing_begins(kind):
    with pytest.raises(DeadlineError):
        parallel_map(os.abort, range(3), kind=kind, deadline=Deadline(0))


def test_the_deadline_of_the_invocation_counts(monkeypatch):
    from headstart_kit import deadline

    before = deadline.begin(Deadline(100, margin_ms=0))
    try:
        with pytest.raises(DeadlineError):
            parallel_map(lambda _: time.sleep(0.01), range(1000), kind="processes")
    finally:
        deadline.begin(before)


@pytest.mark.parametrize(("memory_mb", "at_once"), [(128, 1), (1769, 1), (1900, 1), (3008, 2), (3538, 2), (10240, 6)])
def test_d75_processes_come_from_the_memory_size_and_not_from_the_machine(monkeypatch, memory_mb, at_once):
    monkeypatch.setenv(MEMORY_SIZE, str(memory_mb))
    for count in (6, 101, 199, 1000):
        reports = Reports()
        parallel_map(abs, range(count), kind="processes", report=reports)
        assert reports[0].at_once == at_once
        assert reports.kind == ("processes" if at_once > 1 else "serial")


def test_d75_there_are_never_more_processes_than_items(monkeypatch):
    monkeypatch.setenv(MEMORY_SIZE, "10240")
    reports = Reports()
    parallel_map(abs, range(3), kind="processes", report=reports)
    assert reports[0].at_once == 3


@every_kind
def test_d76_the_report_says_what_ran(kind):
    reports, seen = Reports(), set()
    results = parallel_map(
        lambda _: time.sleep(0.005) or (os.getpid(), threading.get_ident()), range(100), kind=kind, report=reports
    )
    seen = {pid if kind == "processes" else thread for pid, thread in results}
    assert reports.kind == kind
    assert 1 <= len(seen) <= reports[0].at_once
    assert (len(seen) == 1) == (kind == "serial")
    assert reports[0].items == 100
    assert reports[0].items_per_s == pytest.approx(100 / reports[0].wall_ms * 1000)
    assert (os.getpid() in {pid for pid, _ in results}) == (kind != "processes")


def test_d76_the_report_counts_what_was_done_and_nothing_else():
    reports = Reports()
    due = Deadline(100, margin_ms=0)
    results = parallel_map(
        lambda _: time.sleep(0.01), range(1000), kind="serial", on_error="keep", deadline=due, report=reports
    )
    assert reports[0].items == sum(not isinstance(result, FailedItem) for result in results) < 1000


def test_tiny_items_stay_serial():
    reports = Reports()
    assert parallel_map(lambda x: x * x, range(10_000), report=reports) == [x * x for x in range(10_000)]
    assert reports.kind == "serial"
    assert reports[0].probe_items == 0


def test_what_waits_goes_in_threads_at_any_memory_size(monkeypatch):
    monkeypatch.setenv(MEMORY_SIZE, "128")
    reports = Reports()
    assert parallel_map(lambda x: time.sleep(0.01) or x, range(100), report=reports) == list(range(100))
    assert reports.kind == "threads"
    assert reports[0].at_once > 1


def test_d74_cpu_work_does_not_go_in_threads(monkeypatch):
    for memory_mb, kind in ((512, "serial"), (1769, "serial"), (3538, "processes")):
        monkeypatch.setenv(MEMORY_SIZE, str(memory_mb))
        reports = Reports()
        parallel_map(lambda _: burn(10), range(60), report=reports)
        assert reports.kind == kind


def test_what_cannot_be_pickled_does_not_go_in_processes_of_its_own_accord():
    reports = Reports()
    results = parallel_map(lambda x: burn(3) or (lambda: x), range(30), report=reports)
    assert [result() for result in results] == list(range(30))
    assert reports.kind != "processes"


def test_an_error_that_cannot_be_pickled_keeps_no_other_item_from_processes():
    class LocalError(Exception):
        pass

    def fail_first(x: int) -> int:
        burn(15)
        if x == 0:
            raise LocalError
        return x

    reports = Reports()
    failed, *results = parallel_map(fail_first, range(30), on_error="keep", report=reports)
    assert isinstance(failed.error, LocalError)
    assert results == list(range(1, 30))
    assert reports.kind == "processes"


@pytest.mark.parametrize("outer", ["threads", "processes"])
def test_inside_another_call_it_is_serial(outer):
    def inner(x: int) -> tuple[str, int]:
        reports = Reports()
        return sum(parallel_map(lambda y: y, range(x), kind="processes", report=reports)), reports.kind

    assert parallel_map(inner, range(2, 10), kind=outer) == [(sum(range(x)), "serial") for x in range(2, 10)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "process"}, "kind is 'process'; allowed: auto, serial, threads, processes"),
        ({"on_error": "ignore"}, "on_error is 'ignore'; allowed: raise, keep"),
    ],
)
def test_wrong_choices_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        parallel_map(abs, [1], **wrong)
