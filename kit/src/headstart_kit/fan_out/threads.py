"""Runs what blocks in a thread, from a coroutine that may be cancelled."""

from __future__ import annotations

import threading
from functools import partial

from headstart_kit.fan_out.stopping import GRACE_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

# Less than what a cancelled coroutine has in all.
_THREAD_GRACE_S = GRACE_S / 2


async def in_thread(function: Callable[[Callable[[], bool]], T]) -> T:
    """The result of ``function(is_stopped)`` in a thread of its own.

    When this is cancelled, ``is_stopped()`` becomes true, and the thread has 25 ms to notice; nothing else can end it.
    It is no thread of a pool: those are frozen with the environment, make the next fork unsafe, and keep the process
    from ending.
    """
    import asyncio
    import contextvars

    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()
    stopped = threading.Event()
    call = partial(contextvars.copy_context().run, function, stopped.is_set)
    threading.Thread(target=_settle, args=(outcome, call), name="headstart-kit-fan-out", daemon=True).start()
    try:
        await asyncio.wait({outcome})
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({outcome}, timeout=_THREAD_GRACE_S)
        if not outcome.cancel():
            outcome.exception()
        raise
    return outcome.result()


def _settle(outcome: asyncio.Future[Any], call: Callable[[], Any]) -> None:
    """In the thread: do the call, and tell the loop of the outcome what came of it."""
    try:
        told = partial(_tell, outcome, result=call())
    except BaseException as error:
        told = partial(_tell, outcome, error=error)
    try:
        outcome.get_loop().call_soon_threadsafe(told)
    except RuntimeError:  # the loop is closed, so nobody waits
        return


def _tell(outcome: asyncio.Future[Any], *, result: Any = None, error: BaseException | None = None) -> None:
    if outcome.done():
        return
    if error is None:
        outcome.set_result(result)
    else:
        outcome.set_exception(error)
