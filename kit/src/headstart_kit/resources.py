"""What an execution environment makes once, checks before it uses it again, and closes when it ends."""

from __future__ import annotations

import functools
import logging
import os
import threading
from types import GenericAlias

from headstart_kit import clock, lifecycle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Generic, Literal, TypeVar, overload

    T = TypeVar("T")
    Eager = bool | Literal["auto"]
else:  # typing costs four modules
    T = None
    Generic = {T: object}

# Without ``@handler`` nobody says that a new invocation began: then this long without use stands for a freeze.
CHECKED_AFTER_IDLE_S = 1.0

# What is open in the parent of a forked process: kept for ever, as even forgetting it could close it.
_of_a_parent: list[object] = []


class Resource(Generic[T]):
    """A value that is made at first use, and made again when it is found dead. Call it for the value.

    ``with resource as value:`` gives the value too; when the block fails, it is checked before its next use. One thread
    makes it, others wait. What the factory raises goes to the caller, and the next call tries again.
    """

    __slots__ = ("_check", "_checked_in", "_close", "_factory", "_lock", "_made", "_name", "_now_s", "_pid", "_used_s")

    def __init__(
        self,
        factory: Callable[[], T],
        *,
        close: Callable[[T], object] | None = None,
        check: Callable[[T], bool] | None = None,
        name: str | None = None,
        now_s: Callable[[], float] = clock.now_s,
    ) -> None:
        self._factory = factory
        self._close = close
        self._check = check
        self._name = name or getattr(factory, "__name__", repr(factory))
        self._now_s = now_s
        self._begin()

    def __class_getitem__(cls, item: object) -> GenericAlias:
        return GenericAlias(cls, item)

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._made: tuple[T] | None = None
        self._checked_in = 0
        self._used_s = 0.0

    def __call__(self) -> T:
        """The value, made when there is none. ``check`` is asked at its first use in an invocation and after a second
        without use; when it finds it dead, another is made."""
        self._notice_fork()
        with self._lock:
            if self._made is not None and not self._is_fit(self._made):
                self.close()
            if self._made is None:
                self._made = (self._factory(),)
            self._checked_in = lifecycle.invocation_number()
            self._used_s = self._now_s()
            return self._made[0]

    def __enter__(self) -> T:
        return self()

    def __exit__(self, *failure: object) -> None:
        if any(failure):
            self._checked_in = -1

    @property
    def is_made(self) -> bool:
        """Whether this process has a value now, alive or dead."""
        self._notice_fork()
        return self._made is not None

    @property
    def idle_s(self) -> float:
        """Seconds since its last use."""
        return self._now_s() - self._used_s

    def close(self) -> None:
        """Close the value, if there is one; the next use makes another. That closing fails is only logged."""
        self._notice_fork()
        made, self._made = self._made, None
        if made is None or self._close is None:
            return
        try:
            self._close(made[0])
        except Exception as error:
            self._log("not closed", error)

    def restore(self) -> None:
        """Make the value after a snapshot was restored. That it fails is only logged: the next use tries again."""
        try:
            self()
        except Exception as error:
            self._log("not made again", error)

    def _is_fit(self, made: tuple[T]) -> bool:
        if self._check is None:
            return True
        if self._checked_in == lifecycle.invocation_number() and 0.0 <= self.idle_s < CHECKED_AFTER_IDLE_S:
            return True
        try:
            return self._check(made[0])
        except Exception:  # what cannot be checked is not used
            return False

    def _notice_fork(self) -> None:
        if self._pid == os.getpid():
            return
        made = self._made
        self._begin()
        if self._close is None:
            self._made = made
        else:
            _of_a_parent.append(made)

    def _log(self, what: str, error: Exception) -> None:
        # No more of the error than its type: the text may hold what is not meant for a log.
        logging.getLogger(__name__).warning("%s: %s: %s", self._name, what, type(error).__name__)

    def __repr__(self) -> str:
        return f"<Resource {self._name}: {'made' if self.is_made else 'not made'}>"


if TYPE_CHECKING:

    @overload
    def resource(
        factory: Callable[[], T],
        *,
        close: Callable[[T], object] | None = ...,
        check: Callable[[T], bool] | None = ...,
        eager: Eager = ...,
        name: str | None = ...,
    ) -> Resource[T]: ...

    @overload
    def resource(
        *,
        close: Callable[[T], object] | None = ...,
        check: Callable[[T], bool] | None = ...,
        eager: Eager = ...,
        name: str | None = ...,
    ) -> Callable[[Callable[[], T]], Resource[T]]: ...


def resource(
    factory: Callable[[], T] | None = None,
    *,
    close: Callable[[T], object] | None = None,
    check: Callable[[T], bool] | None = None,
    eager: Eager = False,
    name: str | None = None,
) -> Resource[T] | Callable[[Callable[[], T]], Resource[T]]:
    """Declare a value that the execution environment makes once; also a decorator of the function that makes it::

        @resource(close=Model.close)
        def model() -> Model: ...

        model().predict(…)

    ``eager`` makes it here, in init: always, or with ``"auto"`` where init delays no request (provisioned concurrency,
    SnapStart). ``check`` says whether a value is alive, before its first use in an invocation; what it raises means no.

    A value with ``close`` holds something open: it is closed when Lambda shuts the environment down and before it takes
    a snapshot (an eager one is made again when that is restored), and a forked process makes its own. Any other value
    is plain data: it stays in the snapshot, and forked processes share it.

    Raises:
        Exception: what ``factory`` raises, if eager.
    """
    if factory is None:
        return functools.partial(resource, close=close, check=check, eager=eager, name=name)
    declared = Resource(factory, close=close, check=check, name=name)
    made_here = is_eager(eager)
    if close is not None:
        lifecycle.at_shutdown(declared.close)
        lifecycle.at_snapshot(declared.close, after=declared.restore if made_here else None)
    if made_here:
        declared()
    return declared


def is_eager(eager: Eager) -> bool:
    """Whether that means to make a resource in init, here and now."""
    return lifecycle.init_is_ahead() if eager == "auto" else eager
