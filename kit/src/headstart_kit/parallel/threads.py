"""Items in threads: for what waits, or computes without the GIL."""

from __future__ import annotations

import threading
from collections import deque

from headstart_kit.parallel.outcomes import FailedItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.parallel.run import Run

_LOOK_S = 1.0


def run_in_threads(run: Run, at_once: int, *, count: int) -> int:
    """Run the next ``count`` items in up to ``at_once`` threads, and return how many there were.

    Nothing can stop a thread: when the time is up, each is left to end with the item that it is in, and to no effect.
    """
    crew = _Crew(run, run.reserve(count))
    threads = crew.start(min(at_once, count))
    try:
        for thread in threads:
            while thread.is_alive() and (left_ms := run.due.remaining_ms) > 0:
                thread.join(min(_LOOK_S, left_ms / 1000))
    finally:
        crew.indices.clear()
    for index, result in list(crew.results.items()):
        run.results[index] = result
    for failure in list(crew.failures):
        run.fail(failure)
    return len(threads)


class _Crew:
    """The threads of one call, and what comes of their items."""

    __slots__ = ("_run", "failures", "indices", "results")

    def __init__(self, run: Run, indices: range) -> None:
        self._run = run
        self.indices = deque(indices)
        self.results: dict[int, Any] = {}
        self.failures: list[FailedItem] = []

    def start(self, count: int) -> list[threading.Thread]:
        threads: list[threading.Thread] = []
        while len(threads) < count and self.indices and not self._run.is_over:
            thread = threading.Thread(target=self._serve, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no more; those that run will do
                if not threads:
                    raise
                break
            threads.append(thread)
        return threads

    def _serve(self) -> None:
        fn, items = self._run.fn, self._run.items
        while not self._run.is_over:
            try:
                index = self.indices.popleft()
            except IndexError:
                return
            try:
                self.results[index] = fn(items[index])
            except BaseException as error:
                self.failures.append(FailedItem(index, error))
                if not self._run.keeps:
                    self.indices.clear()
