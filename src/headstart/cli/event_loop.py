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
    # asyncio's runner cancels on SIGINT; any other signal becomes one.
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    finally:
        signal.signal(signal.SIGTERM, before)
