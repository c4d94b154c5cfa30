"""SIGTERM, and what is done before it ends the process: also where Lambda's runtime keeps the main thread from it."""

from __future__ import annotations

import logging
import os
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

# Before Python 3.12 Lambda's runtime client waits for the next event in C, in the main thread, and Python runs its
# signal handlers in no other. But C's own handler writes to the wakeup descriptor, which a thread of ours can read.
_MAIN_THREAD_WAITS_IN_C = sys.version_info < (3, 12)


class Termination:
    """What is to be done before SIGTERM ends this process. A child that is forked from it ends without."""

    __slots__ = ("_closers", "_closing", "_earlier", "_pid")

    def __init__(self) -> None:
        self._closers: list[Callable[[], object]] = []
        # Both threads may hear SIGTERM, and the process must not end while the other one still closes.
        self._closing = threading.RLock()
        self._earlier: Any = None
        self._pid = 0

    def add(self, close: Callable[[], object]) -> None:
        """Have ``close`` called, before those that were added before it."""
        self._closers.append(close)
        if not self._pid and threading.current_thread() is threading.main_thread():
            self._pid = os.getpid()
            self._listen()

    def _listen(self) -> None:
        import signal

        self._earlier = signal.signal(signal.SIGTERM, self._on_sigterm)
        if _MAIN_THREAD_WAITS_IN_C:
            self._listen_beside_main()

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        import signal

        self._close_all()
        if callable(self._earlier):
            self._earlier(number, frame)
        elif self._earlier is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def _close_all(self) -> None:
        if self._pid != os.getpid():
            return
        with self._closing:
            while self._closers:
                close = self._closers.pop()
                try:
                    close()
                except Exception as error:
                    # No more than its type: the text may hold what is not meant for a log.
                    logging.getLogger(__name__).warning("not closed at shutdown: %r: %s", close, type(error).__name__)

    def _listen_beside_main(self) -> None:
        import signal

        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        taken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        if taken != -1:  # an event loop's, which sees to signals itself
            signal.set_wakeup_fd(taken)
            return
        # What is sent to a child must not be heard here.
        os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))
        threading.Thread(target=self._hear, args=(reader,), name="headstart-kit-sigterm", daemon=True).start()

    def _hear(self, reader: int) -> None:
        import signal

        while heard := os.read(reader, 1):
            if heard[0] == signal.SIGTERM:
                self._close_all()
                if self._earlier is signal.SIG_DFL:
                    os._exit(128 + signal.SIGTERM)


of_this_process = Termination()
