"""What belongs to one event loop, such as a session with its connections: opened at first use, closed with its loop."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from typing import Generic, TypeVar

    T = TypeVar("T")
else:  # typing costs four modules
    T = None
    Generic = {T: object}


class LoopBound(Generic[T]):
    """One value for each event loop that asks for it. When this is let go of, all of them are closed, so none may refer
    to it."""

    __slots__ = ("__weakref__", "_close", "_held", "_open")

    def __init__(self, open_: Callable[[], T], *, close: Callable[[T], Awaitable[object]]) -> None:
        self._open = open_
        self._close = close
        self._held: dict[asyncio.AbstractEventLoop, T] = {}

    async def __call__(self) -> T:
        """The value of the running loop."""
        import asyncio
        import weakref

        loop = asyncio.get_running_loop()
        if loop not in self._held:
            self._held = {other: value for other, value in list(self._held.items()) if not other.is_closed()}
            holder = _hold(self._open, self._close)
            self._held[loop] = await anext(holder)
            weakref.finalize(self, _let_go, holder, loop).atexit = False
        return self._held[loop]


async def _hold(open_: Callable[[], T], close: Callable[[T], Awaitable[object]]) -> AsyncGenerator[T, None]:
    """Holds a value until an event loop is shut down: it then closes the generators that began on it, and tells nobody
    else."""
    value = open_()
    try:
        yield value
    finally:
        await close(value)


def _let_go(holder: AsyncGenerator[T, None], loop: asyncio.AbstractEventLoop) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(_close_soon, holder, loop)


def _close_soon(holder: AsyncGenerator[T, None], loop: asyncio.AbstractEventLoop) -> None:
    closing = loop.create_task(holder.aclose())
    closing.add_done_callback(lambda closed: closed.cancelled() or closed.exception())
