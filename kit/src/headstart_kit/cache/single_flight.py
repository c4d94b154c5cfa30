"""One load of a key at a time: who asks for it meanwhile waits for that one, but never for itself."""

from __future__ import annotations

import os
import threading

from headstart_kit import deadline
from headstart_kit.errors import DeadlineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar

    T = TypeVar("T")
else:  # typing costs four modules
    T = None
    Generic = {T: object}


class Flight(Generic[T]):
    """A load in progress, in the thread that made this. Once landed without an ``outcome`` it was abandoned."""

    __slots__ = ("_has_landed", "_in_the_air", "_thread", "outcome")

    def __init__(self) -> None:
        self._has_landed = False
        self._in_the_air = threading.Lock()  # a tenth of what an Event costs
        self._in_the_air.acquire()
        self._thread = threading.get_ident()
        self.outcome: T | None = None

    def land(self) -> None:
        """Wake those who wait."""
        self._has_landed = True
        self._in_the_air.release()

    def wait(self) -> bool:
        """Wait until it has landed. False, and no wait, where that would be for ever: the load is this thread's own, or
        its thread waits, over however many others, for one of this thread's.

        Raises:
            DeadlineError: the invocation's deadline passed meanwhile.
        """
        me = threading.get_ident()
        with _waits.lock:
            if self._needs(me):
                return False
            _waits.by_thread[me] = self
        try:
            remaining_ms = deadline.current().remaining_ms
            if not self._in_the_air.acquire(timeout=-1 if remaining_ms == float("inf") else remaining_ms / 1000):
                raise DeadlineError("the deadline passed while another thread loaded what this one waited for")
            self._in_the_air.release()
        finally:
            del _waits.by_thread[me]
        return True

    def _needs(self, thread: int) -> bool:
        flight: Flight[Any] | None = self
        while flight is not None and not flight._has_landed:
            if flight._thread == thread:
                return True
            flight = _waits.by_thread.get(flight._thread)
        return False


class _Waits:
    """Which flight each thread waits for, of all caches."""

    __slots__ = ("by_thread", "lock")

    def __init__(self) -> None:
        self.by_thread: dict[int, Flight[Any]] = {}
        self.lock = threading.Lock()


_waits = _Waits()
# Only the thread that forks goes on in the child.
os.register_at_fork(after_in_child=_waits.__init__)  # type: ignore[misc]
