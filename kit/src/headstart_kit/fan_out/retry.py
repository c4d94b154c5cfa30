"""Which failures of a task are worth another try, and how long to wait before it."""

from __future__ import annotations

from headstart_kit import clock
from headstart_kit.errors import HttpStatusError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_TRANSIENT_STATUSES = frozenset({408, 429, 502, 503, 504})
# What they say of a file is the same the next time.
_LASTING = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
_DOUBLINGS_MAX = 60


def is_transient(error: Exception) -> bool:
    """Whether trying again may help: after a failed connection, a timeout, or HTTP's 408, 429, 502, 503 and 504."""
    import asyncio

    if isinstance(error, HttpStatusError):
        return error.status in _TRANSIENT_STATUSES
    if isinstance(error, _LASTING):
        return False
    return isinstance(error, (OSError, asyncio.TimeoutError))  # not the builtin one until Python 3.11


class Retries:
    """Up to ``times`` more tries, each after a random pause, the limit of which doubles from try to try.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter"; 2026-11-25).
    """

    __slots__ = ("_chance", "_first_pause_s", "_is_wanted", "_max_pause_s", "times")

    def __init__(
        self,
        times: int,
        *,
        on: type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool] = is_transient,
        first_pause_s: float = 0.1,
        max_pause_s: float = 2.0,
        chance: Callable[[], float] = clock.chance,
    ) -> None:
        """``on`` has exception types, or is a function that says whether to try again. A pause is ``chance()``, from 0
        up to 1, of the limit, which begins at ``first_pause_s`` and ends at ``max_pause_s`` seconds.

        Raises:
            ValueError: a number is negative.
        """
        if min(times, first_pause_s, max_pause_s) < 0:
            raise ValueError(f"{times} retries, pauses of {first_pause_s} to {max_pause_s} s: allowed are 0 or more")
        self.times = times
        self._is_wanted = (lambda error: isinstance(error, on)) if isinstance(on, (type, tuple)) else on
        self._first_pause_s = first_pause_s
        self._max_pause_s = max_pause_s
        self._chance = chance

    def pause_s(self, error: Exception, *, tries: int) -> float | None:
        """Seconds to wait before the next try after ``tries`` of them, the last of which failed with ``error``; None
        when there is to be no other."""
        if tries > self.times or not self._is_wanted(error):
            return None
        limit_s = self._first_pause_s * 2.0 ** min(tries - 1, _DOUBLINGS_MAX)
        return self._chance() * min(limit_s, self._max_pause_s)
