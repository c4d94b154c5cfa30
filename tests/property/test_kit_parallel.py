"""Whatever the items and wherever they fail, each way of ``parallel_map`` gives what a plain loop gives."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headstart_kit.parallel import budget, journal
from headstart_kit.parallel.mapping import parallel_map
from headstart_kit.parallel.outcomes import FailedItem
from headstart_kit.parallel.plan import Sample, choose

KINDS = st.sampled_from(["auto", "serial", "threads", "processes"])
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=20), st.binary(max_size=9000), st.lists(st.floats()))
SAMPLES = st.builds(
    Sample,
    st.integers(1, 1000),
    wall_ns=st.floats(1, 1e11),
    cpu_ns=st.floats(0, 1e11),
    waits=st.integers(0, 3000),
)
# Each example may fork.
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _two_vcpus(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3538")


def told(outcome: object) -> str:
    """An outcome as text, in which NaN equals itself."""
    return f"{outcome.index}: {outcome.error!r}" if isinstance(outcome, FailedItem) else repr(outcome)


@some
@given(st.lists(VALUES, max_size=200), KINDS)
def test_results_are_those_of_a_loop(values, kind):
    assert repr(parallel_map(lambda value: (value, 1), values, kind=kind)) == repr([(value, 1) for value in values])


@some
@given(st.integers(0, 3000), st.sets(st.integers(0, 3000), max_size=20), KINDS)
def test_errors_are_those_of_a_loop(count, failing, kind):
    def item(x: int) -> int:
        if x in failing:
            raise LookupError(x)
        return x

    expected = [f"{x}: LookupError({x})" if x in failing else f"{x}" for x in range(count)]
    assert [told(result) for result in parallel_map(item, range(count), kind=kind, on_error="keep")] == expected
    first = min((x for x in failing if x < count), default=None)
    if first is None:
        assert parallel_map(item, range(count), kind=kind) == list(range(count))
    else:
        with pytest.raises(LookupError) as raised:
            parallel_map(item, range(count), kind=kind)
        assert raised.value.args == (first,)


@some
@given(st.integers(2, 2500), st.sets(st.integers(0, 2500), max_size=6))
def test_only_the_items_that_kill_their_process_are_lost(count, deadly):
    results = parallel_map(lambda x: os._exit(1) if x in deadly else x, range(count), kind="processes", on_error="keep")
    lost = {result.index for result in results if isinstance(result, FailedItem)}
    assert lost == {x for x in deadly if x < count}
    assert [x for x in results if not isinstance(x, FailedItem)] == [x for x in range(count) if x not in lost]


@given(st.lists(VALUES, max_size=20), st.integers(0, 3000))
@settings(deadline=None)
def test_a_journal_cut_short_tells_the_first_of_its_records(values, lost_bytes):
    file = journal.new_file()
    try:
        writer = journal.Writer(file)
        for index, value in enumerate(values):
            writer.done(index, value)
        os.ftruncate(file, max(0, os.fstat(file).st_size - lost_bytes))
        read = journal.read(file).results
    finally:
        os.close(file)
    assert repr(list(read.items())) == repr(list(enumerate(values))[: len(read)])
    assert lost_bytes or len(read) == len(values)


class Costs:
    def start_ns(self, processes: int) -> float:
        return 2e6 * processes

    def transfer_ns(self) -> float:
        return 5e3

    def speedup_of_threads(self, at_once: int, *, item_ns: float) -> float:
        return float(at_once)


@given(SAMPLES, st.integers(1, 100_000), st.floats(0.07, 6))
def test_a_plan_fits_the_vcpus_and_the_items_and_is_worth_it(sample, left, vcpus):
    plan = choose(sample, left, vcpus=vcpus, costs=Costs())
    serial_ns = left * sample.wall_ns / sample.items
    assert 1 <= plan.at_once <= min(left, budget.THREADS_MAX)
    assert plan.kind == "serial" or plan.cost_ns < serial_ns
    assert plan.kind != "processes" or plan.at_once == min(left, budget.processes_for(vcpus)) > 1
    assert plan.kind != "serial" or plan.at_once == 1
