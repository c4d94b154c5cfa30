"""The choice between serial, threads and processes, as arithmetic."""

import pytest

from headstart_kit.parallel import budget
from headstart_kit.parallel.plan import Plan, Sample, choose

MS = 1_000_000


class Costs:
    """Costs as given, and a note of which were asked for."""

    def __init__(self, *, transfer_ms: float | None = 0.005, speedup: float = 1.0) -> None:
        self.asked: list[str] = []
        self._transfer_ms = transfer_ms
        self._speedup = speedup

    def start_ns(self, processes: int) -> float:
        return processes * 2 * MS

    def transfer_ns(self) -> float | None:
        self.asked.append("transfer")
        return None if self._transfer_ms is None else self._transfer_ms * MS

    def speedup_of_threads(self, at_once: int, *, item_ns: float) -> float:
        self.asked.append("threads")
        return self._speedup


def sample(wall_ms: float, *, cpu_ms: float | None = None, waits: int = 0, items: int = 4) -> Sample:
    cpu_ns = (wall_ms if cpu_ms is None else cpu_ms) * MS * items
    return Sample(items, wall_ns=wall_ms * MS * items, cpu_ns=cpu_ns, waits=waits * items)


def chosen(taken: Sample, left: int, *, vcpus: float, costs: Costs | None = None) -> tuple[str, int]:
    plan = choose(taken, left, vcpus=vcpus, costs=costs or Costs())
    return plan.kind, plan.at_once


@pytest.mark.parametrize(
    ("vcpus", "processes"), [(0.07, 1), (0.29, 1), (1.0, 1), (1.1, 1), (1.2, 2), (2.0, 2), (2.1, 2), (5.79, 6)]
)
def test_d75_a_vcpu_or_less_is_for_one_process(vcpus, processes):
    assert budget.processes_for(vcpus) == processes


def test_cpu_work_goes_in_as_many_processes_as_there_are_vcpus():
    assert chosen(sample(5), 199, vcpus=2) == ("processes", 2)
    assert chosen(sample(5), 199, vcpus=5.79) == ("processes", 6)
    assert chosen(sample(50), 4, vcpus=5.79) == ("processes", 4)


@pytest.mark.parametrize("vcpus", [0.07, 0.29, 1.0, 1.1])
def test_d74_cpu_work_stays_serial_where_there_is_one_vcpu(vcpus):
    costs = Costs(speedup=2)
    assert chosen(sample(5), 199, vcpus=vcpus, costs=costs) == ("serial", 1)
    assert costs.asked == []


def test_time_that_a_throttled_thread_loses_is_not_waiting():
    assert chosen(sample(50, cpu_ms=5, waits=0), 199, vcpus=0.29) == ("serial", 1)
    assert chosen(sample(5 / 0.29, cpu_ms=5, waits=1), 199, vcpus=0.29) == ("serial", 1)


@pytest.mark.parametrize("vcpus", [0.07, 1, 2])
def test_what_waits_goes_in_threads(vcpus):
    assert chosen(sample(20, cpu_ms=0.02, waits=1), 1000, vcpus=vcpus) == ("threads", 32)
    assert chosen(sample(20, cpu_ms=0.02, waits=1), 5, vcpus=vcpus) == ("threads", 5)


def test_what_waits_and_computes_as_long_goes_in_processes_where_it_can():
    half = sample(10, cpu_ms=6, waits=1)
    assert chosen(half, 100, vcpus=1)[0] == "threads"
    assert chosen(half, 100, vcpus=4) == ("processes", 4)


def test_few_or_short_items_stay_serial():
    assert chosen(sample(0.001), 1000, vcpus=2) == ("serial", 1)
    assert chosen(sample(5), 1, vcpus=2) == ("serial", 1)
    assert chosen(sample(0.004), 1_000_000, vcpus=2) == ("serial", 1)


def test_large_results_stay_here_or_go_in_threads_where_the_gil_is_free():
    large = {"transfer_ms": 1.0}
    assert chosen(sample(0.6), 60, vcpus=2, costs=Costs(**large)) == ("serial", 1)
    assert chosen(sample(0.6), 60, vcpus=2, costs=Costs(**large, speedup=1.8)) == ("threads", 2)


def test_what_cannot_be_pickled_never_goes_in_processes():
    assert chosen(sample(5), 199, vcpus=2, costs=Costs(transfer_ms=None)) == ("serial", 1)
    assert chosen(sample(5), 199, vcpus=2, costs=Costs(transfer_ms=None, speedup=1.9)) == ("threads", 2)


def test_nothing_is_measured_that_cannot_change_the_choice():
    costs = Costs()
    chosen(sample(5), 199, vcpus=2, costs=costs)
    assert costs.asked == ["transfer"]
    costs = Costs()
    chosen(sample(0.001), 100, vcpus=2, costs=costs)
    assert costs.asked == []


def test_a_small_gain_is_not_worth_a_change():
    plan = Plan("serial", 1, cost_ns=100)
    assert plan.is_beaten_by(89)
    assert not plan.is_beaten_by(91)


def test_starting_costs_more_the_more_memory_there_is():
    before = budget.start_ns(2)
    block = bytearray(200 * 1024 * 1024)
    block[::4096] = bytes(len(block[::4096])).replace(b"\0", b"\1")
    assert 2 * budget.FORK_NS < before < budget.start_ns(2) - 8 * MS
    assert budget.start_ns(1) == pytest.approx(budget.start_ns(2) / 2, rel=0.05)
