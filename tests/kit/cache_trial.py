"""Cached functions whose clocks and loaders are in a test's hand."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from headstart_kit import deadline
from headstart_kit.cache.bounded_entries import BoundedEntries
from headstart_kit.cache.entry import Stale
from headstart_kit.cache.loading_cache import LoadingCache
from headstart_kit.caching import remembering
from headstart_kit.deadline import Deadline


class Clocks:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.now_s, self.ticks_s = 1_800_000_000.0, 50.0

    def __call__(self) -> tuple[float, float]:
        return self.now_s, self.ticks_s

    def pass_s(self, seconds: float) -> None:
        """Time passes while the environment runs."""
        self.now_s += seconds
        self.ticks_s += seconds

    def freeze_s(self, seconds: float) -> None:
        """Time passes while the environment is frozen, or lies in a snapshot."""
        self.now_s += seconds


class Loader:
    """Counts its calls, and answers or fails as told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answer: Callable[..., object] = lambda *args: f"value {len(self.calls)}"

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        self.calls.append((*args, *kwargs.items()))
        return self.answer(*args)

    def fail(self, error: BaseException) -> None:
        def answer(*args: object) -> None:
            raise error

        self.answer = answer


def trial() -> tuple[Callable[..., Any], Loader, Clocks]:
    """What makes a cached function, the loader under it, and the clocks that it goes by."""
    loader, clocks = Loader(), Clocks()

    def make(
        *,
        ttl_s: float = 10,
        negative_ttl_s: float = 0,
        stale: Stale | None = None,
        key: Callable[..., Hashable] | None = None,
        **bounds: Any,
    ) -> Any:
        entries = BoundedEntries(**{"max_items": 100, "max_bytes": float("inf"), **bounds})
        cache = LoadingCache(
            loader, entries, ttl_s=ttl_s, negative_ttl_s=negative_ttl_s, stale=stale or Stale(), moment=clocks
        )
        return remembering(loader, cache, key=key)

    return make, loader, clocks


@contextmanager
def deadline_in(ms: float) -> Iterator[None]:
    """An invocation with that much time left."""
    before = deadline.begin(Deadline(ms, margin_ms=0))
    yield
    deadline.begin(before)


def together(count: int, call: Callable[[], object]) -> list[object]:
    """What that many threads get, errors included, who all call at once."""
    start, results = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            results.append(call())
        except BaseException as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
