"""``parallel_map``: a function over many items, in whatever way is fastest here, with one contract for all ways."""

from __future__ import annotations

import threading

from headstart_kit import clock, environment
from headstart_kit.deadline import Deadline, current
from headstart_kit.parallel import budget
from headstart_kit.parallel.probe import probe
from headstart_kit.parallel.report import ParallelReport
from headstart_kit.parallel.run import Run
from headstart_kit.parallel.serial import run_serially
from headstart_kit.parallel.threads import run_in_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal, TypeVar, overload

    from headstart_kit.parallel.outcomes import FailedItem

    Item = TypeVar("Item")
    Result = TypeVar("Result")
    Kind = Literal["auto", "serial", "threads", "processes"]
    Report = Callable[[ParallelReport], object]

# Held while the vCPUs are in use: another call runs serially, be it in a thread, or in a child, which inherits it held.
_vcpus_in_use = threading.Lock()


if TYPE_CHECKING:

    @overload
    def parallel_map(
        fn: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        kind: Kind = ...,
        on_error: Literal["raise"] = ...,
        deadline: Deadline | None = ...,
        report: Report | None = ...,
    ) -> list[Result]: ...

    @overload
    def parallel_map(
        fn: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        kind: Kind = ...,
        on_error: Literal["keep"],
        deadline: Deadline | None = ...,
        report: Report | None = ...,
    ) -> list[Result | FailedItem]: ...


def parallel_map(
    fn: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    kind: Kind = "auto",
    on_error: Literal["raise", "keep"] = "raise",
    deadline: Deadline | None = None,
    report: Report | None = None,
) -> list[Result] | list[Result | FailedItem]:
    """``[fn(item) for item in items]``, in that order, and faster where the vCPUs of the memory size allow it.

    ``kind`` says how: ``serial``, in ``threads``, or in forked ``processes``, where nothing but results is pickled, so
    that ``fn`` may be a lambda and items may be anything. ``auto`` runs some items serially and goes on in the way that
    will be fastest, which may be any of the three: ``fn`` must then be fit for threads, and what it changes may be
    changed in a process that ends. Up to one vCPU (1,769 MB) nothing runs in processes; inside another call, or while
    one is in progress in another thread, items run serially. ``items`` are listed first, and each is run once. In every
    process numpy's global random numbers are the same.

    ``on_error`` says what becomes of an item that fails (``SystemExit`` included): with ``raise`` no other item begins,
    those in progress are finished, and the error of the first by index is raised, with a note on each other one; with
    ``keep`` a ``FailedItem`` stands in its place, and the others go on. A process that dies fails the item it was in;
    under ``raise`` the other processes end with it.

    ``deadline`` is the current invocation's unless given. When it comes, processes are ended at once, and threads are
    left to the items they are in; items not done have failed with a DeadlineError. ``report`` is called with a
    ParallelReport before the results are returned.

    Raises:
        ValueError: ``kind`` or ``on_error`` is none of these.
        DeadlineError: the time was up; ``unfinished`` has the indices of the items that were not done.
        ProcessDiedError: a process was killed, or ended itself, in the item that ``index`` names.
        ItemError: the result of item ``index`` cannot be pickled, or what it raised cannot be raised here again.
        Exception: whatever ``fn`` raised.
    """
    _check("kind", kind, allowed=_WAYS)
    _check("on_error", on_error, allowed=("raise", "keep"))
    begun_ns = clock.ticks_ns()
    listed = items if isinstance(items, (list, tuple, range)) else list(items)
    run = Run(fn, listed, keeps=on_error == "keep", due=deadline or current())
    if _vcpus_in_use.acquire(blocking=False):
        try:
            ran = _WAYS[kind](run)
        finally:
            _vcpus_in_use.release()
    else:
        ran = _serially(run)
    results = run.finished()
    if report is not None:
        report(ParallelReport(ran, run, wall_ms=(clock.ticks_ns() - begun_ns) / 1e6))
    return results


def _check(name: str, value: str, *, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")


def _auto(run: Run, _at_once: int = 1) -> tuple[str, int]:
    plan = probe(run)
    if plan is None:
        return "serial", 1
    run.probe_items = len(run.results)
    return _WAYS[plan.kind](run, plan.at_once)


def _serially(run: Run, at_once: int = 1) -> tuple[str, int]:
    run_serially(run)
    return "serial", at_once


def _in_threads(run: Run, at_once: int = budget.THREADS_MAX) -> tuple[str, int]:
    at_once = min(at_once, run.left)
    if at_once < 2 or run.is_over:
        return _serially(run)
    return "threads", run_in_threads(run, at_once, count=run.left)


def _in_processes(run: Run, at_once: int | None = None) -> tuple[str, int]:
    from headstart_kit.parallel.forked import run_in_processes

    at_once = min(at_once or budget.processes_for(environment.vcpus()), run.left)
    started = run_in_processes(run, at_once) if at_once > 1 else 0
    return ("processes", started) if started else _serially(run)


_WAYS = {"auto": _auto, "serial": _serially, "threads": _in_threads, "processes": _in_processes}
