"""Items one after the other in this thread."""

from __future__ import annotations

from operator import length_hint

from headstart_kit import clock
from headstart_kit.parallel.outcomes import FailedItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from headstart_kit.parallel.run import Run

# Between batches some code runs that items may have pushed out of the CPU's caches (about 3 µs): a batch is long beside
# that, and short beside both a deadline's margin and the start of a process.
_BATCH_NS = 500_000
_GROWTH = 16
# Of many items each batch costs by the copy of it: what should end soon is not divided.
_MANY = 256
_REST_NS = 1_000_000
_NEVER = float("inf")


def run_serially(run: Run, *, for_ns: float = _NEVER) -> None:
    """Run what is left of ``run``, or what can begin in the next ``for_ns`` nanoseconds."""
    batches = _Batches(run, for_ns=for_ns)
    if run.keeps:
        _keep(run, batches)
    else:
        _collect(run, batches)


def _keep(run: Run, batches: _Batches) -> None:
    fn = run.fn
    for rest in batches:
        while length_hint(rest):
            try:
                for item in rest:
                    run.results.append(fn(item))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                run.fail(FailedItem(run.reserve(1)[0], error))


def _collect(run: Run, batches: _Batches) -> None:
    fn = run.fn
    try:
        # The fastest there is for small items; that an error loses the other results does no harm here.
        results = [fn(item) for rest in batches for item in rest]
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        run.reserve(batches.index + 1 - len(run.results))
        run.fail(FailedItem(batches.index, error))
    else:
        run.results = run.results + results if run.results else results


class _Batches:
    """The items that are left, in iterators that last 0.5 ms each, until the time is up."""

    __slots__ = ("_for_ns", "_rest", "_run", "_stop")

    def __init__(self, run: Run, *, for_ns: float) -> None:
        self._run = run
        self._for_ns = for_ns
        self._stop = len(run.results)
        self._rest: Iterator[Any] = iter(())

    def __iter__(self) -> Iterator[Iterator[Any]]:
        count = len(self._run.items)
        size, left = 1, count - self._stop
        now_ns = clock.ticks_ns()
        until_ns = now_ns + min(self._for_ns, self._run.due.remaining_ms * 1e6)
        while left and now_ns < until_ns:
            yield self._take(min(size, left))
            before_ns, now_ns = now_ns, clock.ticks_ns()
            item_ns = (now_ns - before_ns + 1) / size
            left = count - self._stop
            size = int(min(size * _GROWTH, _BATCH_NS / item_ns + 1))
            if size >= _MANY and left * item_ns < _REST_NS:
                size = left

    def _take(self, size: int) -> Iterator[Any]:
        items, first = self._run.items, self._stop
        self._stop += size
        if self._stop < len(items):
            self._rest = iter(items[first : self._stop])
        else:  # nothing is copied
            self._rest = iter(items)
            self._rest.__setstate__(first)  # type: ignore[attr-defined]
        return self._rest

    @property
    def index(self) -> int:
        """The index of the item that was last taken."""
        return self._stop - length_hint(self._rest) - 1
