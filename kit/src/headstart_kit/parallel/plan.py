"""Which way to run items, from what some of them cost: the arithmetic of serial, threads and processes."""

from __future__ import annotations

from headstart_kit.parallel import budget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Costs(Protocol):
        """What is measured only where the choice hangs on it."""

        def start_ns(self, processes: int) -> float:
            """Nanoseconds to start so many processes and to end them."""
            ...

        def transfer_ns(self) -> float | None:
            """Nanoseconds for the way back of one result from a process; None when it cannot be pickled."""
            ...

        def speedup_of_threads(self, at_once: int, *, item_ns: float) -> float:
            """How much faster than serially some items, of ``item_ns`` each, went in so many threads."""
            ...


# What is estimated to save less is not worth its risks.
_WORTHWHILE_RATIO = 0.9


class Sample:
    """What ``items`` items took when run serially: wall and CPU time, and how often the thread waited."""

    __slots__ = ("cpu_ns", "items", "waits", "wall_ns")

    def __init__(self, items: int, *, wall_ns: float, cpu_ns: float, waits: int) -> None:
        self.items = items
        self.wall_ns = wall_ns
        self.cpu_ns = cpu_ns
        self.waits = waits


class Plan:
    """One way to run what is left: ``kind``, how many items ``at_once``, and the nanoseconds that it should take."""

    __slots__ = ("at_once", "cost_ns", "kind")

    def __init__(self, kind: str, at_once: int, *, cost_ns: float) -> None:
        self.kind = kind
        self.at_once = at_once
        self.cost_ns = cost_ns

    def is_beaten_by(self, cost_ns: float) -> bool:
        """Whether another way that takes ``cost_ns`` would be worth changing to."""
        return cost_ns < self.cost_ns * _WORTHWHILE_RATIO


def choose(sample: Sample, left: int, *, vcpus: float, costs: Costs) -> Plan:
    """The fastest way to run ``left`` items like those of ``sample``, as far as it can be known from them."""
    item_ns, cpu_ns = sample.wall_ns / sample.items, sample.cpu_ns / sample.items
    best = Plan("serial", 1, cost_ns=left * item_ns)
    at_once = min(budget.processes_for(vcpus), left)
    # A thread that never gave the CPU away did not wait, however long it took: below one vCPU the kernel stops it, and
    # on a busy machine others push it aside.
    if sample.waits >= sample.items:
        best = _better(best, _waiting_in_threads(sample, left, vcpus=vcpus))
    if at_once < 2:
        return best
    ideal_ns = left * max(cpu_ns / vcpus, item_ns / at_once)
    start_ns = costs.start_ns(at_once)
    if best.is_beaten_by(start_ns + ideal_ns) and (transfer_ns := costs.transfer_ns()) is not None:
        best = _better(best, Plan("processes", at_once, cost_ns=start_ns + ideal_ns + left * transfer_ns))
    if best.is_beaten_by(at_once * budget.THREAD_START_NS + ideal_ns):
        speedup = costs.speedup_of_threads(at_once, item_ns=item_ns)
        best = _better(best, Plan("threads", at_once, cost_ns=left * item_ns / speedup))
    return best


def _better(best: Plan, other: Plan) -> Plan:
    return other if best.is_beaten_by(other.cost_ns) else best


def _waiting_in_threads(sample: Sample, left: int, *, vcpus: float) -> Plan:
    """Threads as if all held the GIL whenever they use the CPU: only waiting overlaps."""
    item_ns = sample.wall_ns / sample.items
    busy_ns = sample.cpu_ns / sample.items / min(1.0, vcpus)
    # Twice as many as would keep the CPU busy, since not all take alike.
    at_once = int(min(budget.THREADS_MAX, left, 2 * item_ns // max(busy_ns, 1) + 1))
    cost_ns = at_once * budget.THREAD_START_NS + left * max(busy_ns, item_ns / at_once)
    return Plan("threads", at_once, cost_ns=cost_ns)
