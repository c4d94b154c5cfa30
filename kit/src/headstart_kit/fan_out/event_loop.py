"""The event loop that ``gather`` keeps from one invocation to the next, and with it the connections opened on it."""

from __future__ import annotations

import atexit
import os
import threading

from headstart_kit.fan_out.stopping import stop
from headstart_kit.resources import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import selectors
    from collections.abc import Collection, Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")

_CLOSED_WITHIN_S = 1.0
_selectors: set[selectors.BaseSelector] = set()


class OwnLoop:
    """An event loop that is current only while it runs, so that none is ever current and closed."""

    __slots__ = ("_in_use", "_loop", "_selector", "is_fit")

    def __init__(self) -> None:
        import asyncio
        import selectors

        self._selector = selectors.DefaultSelector()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._in_use = threading.Lock()
        self.is_fit = True
        _selectors.add(self._selector)

    def reserve(self) -> bool:
        """Take the loop for one ``run``; False while it is taken."""
        return self._in_use.acquire(blocking=False)

    def release(self) -> None:
        """Give the loop back after ``run``."""
        self._in_use.release()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """The result of ``main``; whatever else runs on the loop then is ended as well, as by ``asyncio.run``."""
        import asyncio

        running = self._loop.create_task(main)
        try:
            return self._loop.run_until_complete(running)
        finally:
            # What ran on would be frozen, and wake in the middle of another invocation.
            left = asyncio.all_tasks(self._loop)
            if left:
                self._loop.run_until_complete(stop(left))
                self.is_fit = all(one.done() for one in left)

    def close(self) -> None:
        """Close the loop and what was opened on it, unless it runs."""
        if not self.reserve():
            return
        self.is_fit = False
        _selectors.discard(self._selector)
        if not runs_here():
            self._loop.run_until_complete(self._wind_up())
        self._loop.close()

    async def _wind_up(self) -> None:
        import asyncio

        # First what closes itself already, then the generators that hold something open: see LoopBound.
        await _end(asyncio.all_tasks() - {asyncio.current_task()})
        await _end({asyncio.ensure_future(self._loop.shutdown_asyncgens())})


async def _end(running: Collection[asyncio.Future[Any]]) -> None:
    import asyncio

    if running:
        _, running = await asyncio.wait(running, timeout=_CLOSED_WITHIN_S)
    await stop(running)


_kept = resource(OwnLoop, close=OwnLoop.close, check=lambda own: own.is_fit)
atexit.register(_kept.close)


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of ``main``, run on the loop of this environment; on one for this call alone, while that is taken."""
    kept = _kept()
    if not kept.reserve():
        return _run_apart(main)
    try:
        return kept.run(main)
    finally:
        kept.release()
        if not kept.is_fit:
            _kept.close()


def _run_apart(main: Coroutine[Any, Any, T]) -> T:
    own = OwnLoop()
    try:
        return own.run(main)
    finally:
        own.close()


def runs_here() -> bool:
    """Whether an event loop runs in this thread."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _part_from_parent() -> None:
    """In a forked process, give the parent's loops selectors of their own.

    Both have the same epoll: the end of a loop here, be it in its finalizer, would take the parent's sockets out of it.
    """
    import select

    while _selectors:
        selector = _selectors.pop()
        if hasattr(select, "epoll"):
            with select.epoll() as own:
                os.dup2(own.fileno(), selector.fileno())  # type: ignore[attr-defined]


os.register_at_fork(after_in_child=_part_from_parent)
