"""Runs a command's coroutine so that Ctrl-C and SIGTERM cancel it, and every context it is in is left."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop


def run(work: Coroutine[Any, Any, int]) -> int:
    """The exit code that ``work`` returns.

    Raises:
        KeyboardInterrupt: it was cancelled by Ctrl-C or SIGTERM, and has ended.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_cancelled_by_sigterm(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _cancelled_by_sigterm(work: Coroutine[Any, Any, int]) -> int:
    """What asyncio's runner does about SIGINT, also where that is ignored, as in a shell's background."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    return await work
