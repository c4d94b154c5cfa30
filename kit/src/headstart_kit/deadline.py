"""How much time is left in the invocation, for whatever must not begin too late or wait too long."""

from __future__ import annotations

from headstart_kit import clock
from headstart_kit.errors import DeadlineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class RemainingTime(Protocol):
        """The part of Lambda's context that a deadline needs."""

        def get_remaining_time_in_millis(self) -> int:
            """Milliseconds until Lambda ends the invocation."""
            ...


MARGIN_MS = 100.0
NEVER_S = float("inf")


class Deadline:
    """The moment by which the handler must have answered: Lambda's timeout less a margin for the answer itself."""

    __slots__ = ("_at_s", "_ticks_s")

    def __init__(
        self, in_ms: float, *, margin_ms: float = MARGIN_MS, ticks_s: Callable[[], float] | None = None
    ) -> None:
        """A deadline ``in_ms`` less ``margin_ms`` from now; ``ticks_s`` is the clock, in seconds."""
        if margin_ms < 0:
            raise ValueError(f"margin_ms is {margin_ms}; allowed: 0 or more")
        self._ticks_s = ticks_s or clock.ticks_s
        self._at_s = self._ticks_s() + (in_ms - margin_ms) / 1000.0

    @classmethod
    def of(cls, context: RemainingTime | None, *, margin_ms: float = MARGIN_MS) -> Deadline:
        """The deadline of an invocation. Where the context has none (a test, a script) it is never."""
        remaining = getattr(context, "get_remaining_time_in_millis", None)
        return cls(NEVER_S if remaining is None else remaining(), margin_ms=margin_ms)

    @property
    def remaining_ms(self) -> float:
        """Milliseconds left, 0 when it has passed, infinity when there is no deadline."""
        return max(0.0, (self._at_s - self._ticks_s()) * 1000.0)

    def fits(self, ms: float) -> bool:
        """Whether something that takes ``ms`` milliseconds would still be done in time."""
        return self.remaining_ms >= ms

    def check(self, needed_ms: float = 0.0, *, what: str = "going on") -> None:
        """Raise when fewer than ``needed_ms`` milliseconds are left, or none.

        Raises:
            DeadlineError: too little time is left; the message says how much, and for ``what``.
        """
        left_ms = self.remaining_ms
        if left_ms <= 0 or left_ms < needed_ms:
            raise DeadlineError(f"{left_ms:.0f} ms are left, too few for {what}")

    def timeout_s(self, at_most_s: float, *, share: float = 1.0) -> float:
        """A timeout in seconds for one call: ``at_most_s``, or that ``share`` of what is left where this is less.

        Raises:
            DeadlineError: nothing is left.
        """
        self.check(what="another call")
        return min(at_most_s, self.remaining_ms * share / 1000.0)

    def __repr__(self) -> str:
        return f"Deadline(remaining_ms={self.remaining_ms:.0f})"


_current = Deadline(NEVER_S)


def current() -> Deadline:
    """The deadline of the invocation in progress; never, where ``@handler`` began none."""
    return _current


def begin(deadline: Deadline) -> Deadline:
    """Make ``deadline`` the current one; the one before it. An environment handles one event at a time, so there is one
    for all threads."""
    global _current
    before, _current = _current, deadline
    return before
