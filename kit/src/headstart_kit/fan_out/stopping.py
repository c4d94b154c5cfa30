"""Ends what runs on an event loop in bounded time, whatever it does about being cancelled."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection
    from typing import Any

# What a cancelled coroutine gets to tidy up: half of a deadline's margin, so that the answer keeps the other half.
GRACE_S = 0.05


async def stop(running: Collection[asyncio.Future[Any]], *, grace_s: float = GRACE_S) -> None:
    """Cancel all of ``running`` and wait for their end; what runs on after ``grace_s`` seconds is closed by force.

    Only a coroutine that swallows both its cancellation and its ``GeneratorExit`` can run on. When this is cancelled
    itself, it goes on to its end first.
    """
    for one in running:
        one.cancel()
    interruption = None
    try:
        interruption = await _wait(running, grace_s)
    finally:
        stubborn = [one for one in running if not one.done() and _close_by_force(one)]
    interruption = await _wait(stubborn, grace_s) or interruption
    if interruption is not None:
        raise interruption


async def _wait(running: Collection[asyncio.Future[Any]], timeout_s: float) -> asyncio.CancelledError | None:
    """Wait until all have ended or the time is up; how this was interrupted meanwhile."""
    import asyncio

    loop = asyncio.get_running_loop()
    until_s = loop.time() + timeout_s
    interruption = None
    while (left := [one for one in running if not one.done()]) and (left_s := until_s - loop.time()) > 0:
        try:
            await asyncio.wait(left, timeout=left_s)
        except asyncio.CancelledError as cancelled:
            interruption = cancelled
    return interruption


def _close_by_force(running: asyncio.Future[Any]) -> bool:
    """Close a coroutine under its task; whether that can end the task."""
    coroutine = running.get_coro() if hasattr(running, "get_coro") else None
    if coroutine is None:
        return False
    try:
        coroutine.close()
    except Exception:  # what its finally clauses raise, or that it ignores this as well
        if getattr(coroutine, "cr_frame", None) is not None:
            return False
    # The task finds its coroutine gone when it wakes, and fails; that failure says nothing.
    running.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    running.cancel()
    return True


async def ended_within(timeout_s: float | None, running: asyncio.Future[Any]) -> bool:
    """Whether ``running`` ended by itself within ``timeout_s`` seconds (None: wait for ever). It has ended in any case,
    also when this is cancelled."""
    import asyncio

    try:
        done, _ = await asyncio.wait({running}, timeout=timeout_s)
        return bool(done)
    finally:
        if not running.done():
            await stop({running})


def has_value(running: asyncio.Future[Any]) -> bool:
    """Whether it ended with a result, rather than with an exception or cancelled."""
    return running.done() and not running.cancelled() and running.exception() is None
