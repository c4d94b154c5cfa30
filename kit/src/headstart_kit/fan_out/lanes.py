"""The lanes of one ``gather``: each takes a task when it has done with the one before, until there are none."""

from __future__ import annotations

from itertools import chain, count, islice

from headstart_kit.deadline import NEVER_S
from headstart_kit.errors import DeadlineError, ItemError
from headstart_kit.fan_out.stopping import ended_within, has_value
from headstart_kit.parallel.outcomes import FailedItem, add_note

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from headstart_kit.deadline import Deadline
    from headstart_kit.fan_out.retry import Retries

    T = TypeVar("T")
    Call = Callable[[], Awaitable[T]] | Awaitable[T]

_PENDING: Any = object()


class Lanes:
    """One call of ``gather``: its terms, and what has come of its tasks."""

    __slots__ = ("_due", "_keeps", "_limit", "_results", "_retries", "_timeout_s")

    def __init__(self, limit: int, *, timeout_s: float | None, retries: Retries, keeps: bool, due: Deadline) -> None:
        self._limit = limit
        self._timeout_s = timeout_s
        self._retries = retries
        self._keeps = keeps
        self._due = due
        self._results: list[Any] = []

    async def run(self, tasks: Iterable[Call[Any]]) -> list[Any]:
        """The outcomes of the tasks, in their order; none is left running when this returns or raises."""
        import asyncio

        coming = self._numbered(tasks)
        lanes: list[asyncio.Task[None]] = []
        try:
            if self._due.remaining_ms > 0:
                for first in islice(coming, self._limit):
                    lanes.append(asyncio.create_task(self._lane(chain([first], coming))))
            if lanes:
                await asyncio.wait(lanes, timeout=self._left_s(), return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for lane in lanes:
                lane.cancel()
            if lanes:
                await asyncio.wait(lanes)
            if hasattr(tasks, "__len__"):
                _discard(coming)
        errors = [lane.exception() for lane in lanes if not lane.cancelled()]
        for error in filter(None, errors):
            raise error
        _discard(islice(coming, 1))  # of a generator that was cut short, one stands for the rest
        return self._finished()

    def _numbered(self, tasks: Iterable[Call[Any]]) -> Iterator[tuple[int, Call[Any]]]:
        for index, call in enumerate(tasks):
            self._results.append(_PENDING)
            yield index, call

    def _left_s(self) -> float | None:
        left_s = self._due.remaining_ms / 1000
        return None if left_s == NEVER_S else left_s

    async def _lane(self, calls: Iterable[tuple[int, Call[Any]]]) -> None:
        for index, call in calls:
            try:
                await self._do(index, call)
            except Exception as error:
                if not self._keeps:
                    add_note(error, f"task {index} of gather")
                    raise
                self._results[index] = FailedItem(index, error)

    async def _do(self, index: int, call: Call[Any]) -> None:
        import asyncio

        for tries in count(1):
            try:
                return await self._try(index, call)
            except Exception as error:
                pause_s = self._retries.pause_s(error, tries=tries)
                if pause_s is None or not self._due.fits(pause_s * 1000):
                    raise
            await asyncio.sleep(pause_s)

    async def _try(self, index: int, call: Call[Any]) -> None:
        running = _begin(call, is_retried=self._retries.times > 0)
        in_time = False
        try:
            in_time = await ended_within(self._timeout_s, running)
        finally:
            if has_value(running):  # a value counts, also of what was just cut short
                self._results[index] = running.result()
        if has_value(running):
            return
        if not in_time:
            raise TimeoutError(f"task {index} was not done within {self._timeout_s:.3g} s")
        if running.cancelled():
            raise ItemError(f"task {index} was cancelled, and not by gather", index=index)
        running.result()

    def _finished(self) -> list[Any]:
        unfinished = [index for index, outcome in enumerate(self._results) if outcome is _PENDING]
        if unfinished:
            error = DeadlineError(
                f"no time is left for {len(unfinished)} tasks, the first of them task {unfinished[0]}; "
                "on_error='keep' returns what was done",
                unfinished=unfinished,
            )
            if not self._keeps:
                raise error
            for index in unfinished:
                self._results[index] = FailedItem(index, error)
        return self._results


def _begin(call: Call[Any], *, is_retried: bool) -> asyncio.Future[Any]:
    import asyncio
    import inspect

    if inspect.isawaitable(call):
        if is_retried:
            _discard([(0, call)])
            raise TypeError(f"{call!r} can be awaited only once: give a function that makes it, or retries=0")
        return asyncio.ensure_future(call)
    if not callable(call):
        raise TypeError(f"{call!r} is no task: give a function that returns an awaitable, such as lambda: fetch(url)")
    awaitable = call()
    if not inspect.isawaitable(awaitable):
        raise TypeError(
            f"{call!r} returned {type(awaitable).__name__}, which is no awaitable; a function that blocks goes into a "
            "thread: lambda: asyncio.to_thread(function)"
        )
    return asyncio.ensure_future(awaitable)


def _discard(calls: Iterable[tuple[int, Call[Any]]]) -> None:
    """Close the coroutines among calls that will not begin, which warn when they are forgotten."""
    import inspect

    for _, call in calls:
        if inspect.iscoroutine(call):
            call.close()
