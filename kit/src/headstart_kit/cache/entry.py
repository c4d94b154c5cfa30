"""What one load gave, and for how long it is good."""

from __future__ import annotations

from headstart_kit.cache.moments import Pause
from headstart_kit.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.cache.moments import Moment


class Stale:
    """For how long, in seconds beyond its ``ttl_s``, an old value is better than none.

    ``while_loading_s``: it is answered at once, while a thread loads a new one beside the handler; the loader and what
    it uses must bear that, see `finish_refreshes`. ``if_error_s``: it is answered when the load fails, or would not be
    done before the deadline; the loader is then left alone for ten times as long as it took, and at least a second.
    """

    __slots__ = ("if_error_s", "while_loading_s")

    def __init__(self, *, while_loading_s: float = 0.0, if_error_s: float = 0.0) -> None:
        """Raises ValueError: one of them is negative."""
        for name, given_s in (("while_loading_s", while_loading_s), ("if_error_s", if_error_s)):
            if not given_s >= 0:
                raise ValueError(f"{name} is {given_s}; allowed: 0 or more")
        self.while_loading_s = while_loading_s
        self.if_error_s = if_error_s


class Entry:
    """A result, and when its load began: what changed during the load may be missing in it."""

    __slots__ = ("began", "error", "fresh_until", "is_stale", "pause", "size_bytes", "took_s", "value")

    def __init__(self, began: Moment, *, value: Any = None, error: Exception | None = None) -> None:
        self.began = began
        self.took_s = 0.0
        self.value = value
        self.error = error
        self.fresh_until = began
        self.is_stale = False
        self.pause = Pause()
        self.size_bytes = 0

    @property
    def is_failure(self) -> bool:
        """Whether it says nothing about the key. A UserError does: the caller would get it again."""
        return self.error is not None and not isinstance(self.error, UserError)

    @property
    def is_negative(self) -> bool:
        """Whether it says that there is nothing under the key."""
        return self.value is None

    def is_fresh(self, at: Moment) -> bool:
        """Whether it is young enough at this moment, by either clock."""
        return at[0] < self.fresh_until[0] and at[1] < self.fresh_until[1]

    def keep_fresh(self, ttl_s: float) -> None:
        """It is fresh until it is ``ttl_s`` old."""
        self.fresh_until = (self.began[0] + ttl_s, self.began[1] + ttl_s)

    def answer(self) -> Any:
        """The value; or the error, raised."""
        if self.error is None:
            return self.value
        try:
            raise self.error
        finally:
            del self  # the error would refer to itself, by its traceback and this frame
