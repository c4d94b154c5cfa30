"""One call of ``parallel_map``: what there is to do, and what has come of it."""

from __future__ import annotations

from headstart_kit.errors import DeadlineError
from headstart_kit.parallel.outcomes import FailedItem, first_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from headstart_kit.deadline import Deadline

PENDING: Any = object()


class Run:
    """``results`` has an outcome for each item so far, in the order of the items; PENDING for one that has none yet."""

    __slots__ = ("_first_reserved", "due", "failures", "fn", "items", "keeps", "probe_items", "results", "unfinished")

    def __init__(self, fn: Callable[[Any], Any], items: Sequence[Any], *, keeps: bool, due: Deadline) -> None:
        self.fn = fn
        self.items = items
        self.keeps = keeps
        self.due = due
        self.results: list[Any] = []
        self.failures: list[FailedItem] = []
        self.probe_items = 0
        self.unfinished: list[int] = []
        self._first_reserved = len(items)

    @property
    def left(self) -> int:
        """Items that nothing has begun."""
        return len(self.items) - len(self.results)

    @property
    def is_over(self) -> bool:
        """Whether no other item may begin: one failed and errors are raised, or the time is up."""
        return (bool(self.failures) and not self.keeps) or self.due.remaining_ms <= 0

    def reserve(self, count: int) -> range:
        """Make places for the outcomes of the next ``count`` items; their indices."""
        first = len(self.results)
        self._first_reserved = min(first, self._first_reserved)
        self.results += [PENDING] * count
        return range(first, first + count)

    def fail(self, failure: FailedItem) -> None:
        """Note the failure of an item whose place is reserved."""
        self.results[failure.index] = failure
        self.failures.append(failure)

    def finished(self) -> list[Any]:
        """The results, with no place empty.

        Raises:
            Exception: errors are raised, and an item failed: its own error.
            DeadlineError: errors are raised, and the time was up before all items were done.
        """
        if self.failures and not self.keeps:
            raise first_error(self.failures)
        reserved = range(self._first_reserved, len(self.results))
        gaps = [index for index in reserved if self.results[index] is PENDING]
        self.unfinished = [*gaps, *range(len(self.results), len(self.items))]
        if self.unfinished:
            self.reserve(self.left)
            error = self._deadline_error()
            if not self.keeps:
                raise error
            for index in self.unfinished:
                self.fail(FailedItem(index, error))
        return self.results

    def _deadline_error(self) -> DeadlineError:
        missed, first = len(self.unfinished), self.unfinished[0]
        return DeadlineError(
            f"no time is left for {missed} of {len(self.items)} items, the first of them item {first}; "
            "on_error='keep' returns what was done",
            unfinished=self.unfinished,
        )
