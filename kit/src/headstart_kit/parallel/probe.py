"""The first items, run serially to see which way is best for the others; they are not run again."""

from __future__ import annotations

from headstart_kit import clock, environment
from headstart_kit.parallel import budget
from headstart_kit.parallel.outcomes import FailedItem
from headstart_kit.parallel.plan import Sample, choose
from headstart_kit.parallel.serial import run_serially
from headstart_kit.parallel.threads import run_in_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headstart_kit.parallel.plan import Plan
    from headstart_kit.parallel.run import Run

# Nothing starts for less.
_FIRST_LOOK_NS = 2_000_000
# A result's record in a journal, written and read; and each byte of it (measured, 2026-11-25).
_RECORD_NS = 5_000.0
_BYTE_NS = 0.2
_SMALL_TYPES = (int, float, bool, type(None))
# Long beside the start of a thread.
_TRIAL_NS = 2_000_000


def probe(run: Run) -> Plan | None:
    """Run items of ``run`` serially until another way is better for those that are left: that way, or None when there
    are none left.

    After 2 ms and then at doubling intervals the items since the last look are taken for what is to come.
    """
    costs = None
    look_ns = _FIRST_LOOK_NS
    while run.left and not run.is_over:
        items, begun_ns, (cpu_s, waits) = len(run.results), clock.ticks_ns(), clock.thread_use()
        run_serially(run, for_ns=look_ns)
        look_ns *= 2
        if run.left and not run.is_over:
            cpu_now_s, waits_now = clock.thread_use()
            sample = Sample(
                len(run.results) - items,
                wall_ns=clock.ticks_ns() - begun_ns,
                cpu_ns=(cpu_now_s - cpu_s) * 1e9,
                waits=waits_now - waits,
            )
            costs = costs or _MeasuredCosts(run)
            plan = choose(sample, run.left, vcpus=environment.vcpus(), costs=costs)
            if plan.kind != "serial":
                return plan
    return None


class _MeasuredCosts:
    """What a plan hangs on, measured on the items of one run."""

    __slots__ = ("_run", "_speedup")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._speedup: float | None = None

    def start_ns(self, processes: int) -> float:
        return budget.start_ns(processes)

    def transfer_ns(self) -> float | None:
        from headstart_kit.parallel import journal

        result = next((result for result in reversed(self._run.results) if type(result) is not FailedItem), None)
        if type(result) in _SMALL_TYPES:
            return _RECORD_NS
        journal.dump(None)  # imports what it needs
        begun_ns = clock.ticks_ns()
        try:
            pickled, buffers = journal.dump(result)
        except Exception:
            return None
        pickle_ns = clock.ticks_ns() - begun_ns
        sent_bytes = len(pickled) + sum(buffer.nbytes for buffer in buffers)
        # As long again to unpickle it.
        return _RECORD_NS + 2 * pickle_ns + _BYTE_NS * sent_bytes

    def speedup_of_threads(self, at_once: int, *, item_ns: float) -> float:
        if self._speedup is None:
            count = at_once * int(_TRIAL_NS // item_ns + 1)
            if 2 * count > self._run.left:
                return 1.0
            begun_ns = clock.ticks_ns()
            run_in_threads(self._run, at_once, count=count)
            self._speedup = count * item_ns / (clock.ticks_ns() - begun_ns)
        return self._speedup
