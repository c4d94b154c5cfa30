"""``gather``: many calls that wait, some of them at a time, each with its own outcome, none beyond the deadline."""

from __future__ import annotations

from headstart_kit.deadline import Deadline, current
from headstart_kit.fan_out import event_loop
from headstart_kit.fan_out.lanes import Lanes
from headstart_kit.fan_out.retry import Retries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, TypeVar, overload

    from headstart_kit.fan_out.lanes import Call
    from headstart_kit.parallel.outcomes import FailedItem

    T = TypeVar("T")

if TYPE_CHECKING:

    @overload
    def gather(
        tasks: Iterable[Call[T]],
        *,
        limit: int = ...,
        timeout_s: float | None = ...,
        retries: int | Retries = ...,
        on_error: Literal["raise"] = ...,
        deadline: Deadline | None = ...,
    ) -> list[T]: ...

    @overload
    def gather(
        tasks: Iterable[Call[T]],
        *,
        limit: int = ...,
        timeout_s: float | None = ...,
        retries: int | Retries = ...,
        on_error: Literal["keep"],
        deadline: Deadline | None = ...,
    ) -> list[T | FailedItem]: ...


def gather(
    tasks: Iterable[Call[T]],
    *,
    limit: int = 10,
    timeout_s: float | None = None,
    retries: int | Retries = 0,
    on_error: Literal["raise", "keep"] = "raise",
    deadline: Deadline | None = None,
) -> list[T] | list[T | FailedItem]:
    """``gather_async`` for a handler that is no coroutine: it runs on an event loop that is kept between invocations,
    with the connections opened on it, and leaves nothing running.

    Raises:
        RuntimeError: an event loop runs in this thread; there, ``await gather_async(…)``.
        Exception: as ``gather_async``.
    """
    if event_loop.runs_here():
        raise RuntimeError("an event loop runs here, and gather() would stop it; write: await gather_async(…)")
    lanes = _lanes(limit, timeout_s=timeout_s, retries=retries, on_error=on_error, deadline=deadline)
    return event_loop.run(lanes.run(tasks))


if TYPE_CHECKING:

    @overload
    async def gather_async(
        tasks: Iterable[Call[T]],
        *,
        limit: int = ...,
        timeout_s: float | None = ...,
        retries: int | Retries = ...,
        on_error: Literal["raise"] = ...,
        deadline: Deadline | None = ...,
    ) -> list[T]: ...

    @overload
    async def gather_async(
        tasks: Iterable[Call[T]],
        *,
        limit: int = ...,
        timeout_s: float | None = ...,
        retries: int | Retries = ...,
        on_error: Literal["keep"],
        deadline: Deadline | None = ...,
    ) -> list[T | FailedItem]: ...


async def gather_async(
    tasks: Iterable[Call[T]],
    *,
    limit: int = 10,
    timeout_s: float | None = None,
    retries: int | Retries = 0,
    on_error: Literal["raise", "keep"] = "raise",
    deadline: Deadline | None = None,
) -> list[T] | list[T | FailedItem]:
    """The results of ``tasks`` in their order, with at most ``limit`` of them in progress at a time.

    A task is a function without arguments that returns an awaitable, or an awaitable, which cannot be retried.
    ``tasks`` may be a generator: it is asked for the next one when there is room for it. Each try may take
    ``timeout_s`` seconds; ``retries`` is how often a task that failed for a passing reason is tried again, or a
    ``Retries``.

    ``on_error`` says what becomes of a task that fails: with ``raise`` the others are cancelled, and the error of the
    one that failed first is raised; with ``keep`` a ``FailedItem`` stands in its place, and the others go on.

    ``deadline`` is the current invocation's unless given. When it comes, what is in progress is cancelled, and tasks
    not done have failed with a DeadlineError; a generator that had more has one FailedItem for the rest, at the end.
    What is cancelled has 50 ms to tidy up, and is closed by force when it runs on, so that nothing is left running.

    Raises:
        ValueError: a number or ``on_error`` is out of range.
        DeadlineError: the time was up; ``unfinished`` has the indices of the tasks that were not done.
        TimeoutError: a try of a task took longer than ``timeout_s``.
        ItemError: a task was cancelled, and not from here.
        TypeError: an entry of ``tasks`` is no task, or cannot be retried.
        Exception: whatever a task, or the generator, raised.
    """
    lanes = _lanes(limit, timeout_s=timeout_s, retries=retries, on_error=on_error, deadline=deadline)
    return await lanes.run(tasks)


def _lanes(
    limit: int, *, timeout_s: float | None, retries: int | Retries, on_error: str, deadline: Deadline | None
) -> Lanes:
    if limit < 1:
        raise ValueError(f"limit is {limit}; allowed: 1 or more")
    if timeout_s is not None and timeout_s <= 0:
        raise ValueError(f"timeout_s is {timeout_s}; allowed: more than 0, or None")
    if on_error not in {"raise", "keep"}:
        raise ValueError(f"on_error is {on_error!r}; allowed: raise, keep")
    retries = Retries(retries) if isinstance(retries, int) else retries
    return Lanes(limit, timeout_s=timeout_s, retries=retries, keeps=on_error == "keep", due=deadline or current())
