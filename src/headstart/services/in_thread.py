"""Lets the event loop go on while a context that blocks is entered and left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TypeVar

_Value = TypeVar("_Value")


@asynccontextmanager
async def in_thread(context: AbstractContextManager[_Value, bool | None]) -> AsyncIterator[_Value]:
    """``context``, entered and left in threads. When cancelled while it is entered, it is left first."""
    entering = asyncio.ensure_future(asyncio.to_thread(context.__enter__))
    try:
        value = await asyncio.shield(entering)
    except asyncio.CancelledError:
        await asyncio.wait([entering])
        if entering.exception() is None:
            await _leave(context)
        raise
    try:
        yield value
    finally:
        await _leave(context)


async def _leave(context: AbstractContextManager[object, bool | None]) -> None:
    await asyncio.shield(asyncio.to_thread(context.__exit__, None, None, None))
