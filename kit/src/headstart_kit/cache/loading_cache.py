"""The cache behind `cached`: what it answers with, when it loads, and what it does when a load fails."""

from __future__ import annotations

import functools
import os
import threading
import weakref

from headstart_kit import deadline
from headstart_kit.cache import moments
from headstart_kit.cache.entry import Entry
from headstart_kit.cache.moments import age_s
from headstart_kit.cache.single_flight import Flight
from headstart_kit.cache.stats import CacheStats
from headstart_kit.cache.value_bytes import value_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any

    from headstart_kit.cache.bounded_entries import BoundedEntries
    from headstart_kit.cache.entry import Stale
    from headstart_kit.cache.moments import Moment

    Call = tuple[tuple[Any, ...], dict[str, Any]]

# An Entry with what it is made of, and its place among the entries.
_ENTRY_BYTES = 700


class LoadingCache:
    """Answers by key from its entries, and loads what they lack. Thread-safe."""

    __slots__ = (
        "__weakref__",
        "_entries",
        "_flights",
        "_load",
        "_lock",
        "_moment",
        "_negative_ttl_s",
        "_refreshing",
        "_stale",
        "_ttl_s",
        "stats",
    )

    def __init__(
        self,
        load: Callable[..., Any],
        entries: BoundedEntries[Entry],
        *,
        ttl_s: float,
        negative_ttl_s: float,
        stale: Stale,
        moment: Callable[[], Moment] = moments.moment,
    ) -> None:
        self._load = load
        self._entries = entries
        self._ttl_s = ttl_s
        self._negative_ttl_s = negative_ttl_s
        self._stale = stale
        self._moment = moment
        self.stats = CacheStats()
        self._begin()
        _caches.add(self)

    def _begin(self) -> None:
        # Reentrant: the handler of a signal, or the finalizer of an evicted value, may ask the same cache.
        self._lock = threading.RLock()
        self._flights: dict[Hashable, Flight[Entry]] = {}
        self._refreshing: set[Hashable] = set()

    def read(self, key: Hashable, call: Call) -> Any:
        """The value of the key, or its error raised; ``call`` is what it is loaded with."""
        now_s, ticks_s = self._moment()
        with self._lock:
            entry = self._entries.by_key.get(key)
            if entry is not None:
                until_s, until_ticks_s = entry.fresh_until
                if now_s < until_s and ticks_s < until_ticks_s:
                    self._entries.by_key.move_to_end(key)
                    self.stats.hits += 1
                    if entry.error is None:
                        return entry.value
                    raise entry.error.with_traceback(None)  # or it would grow with every use
        return self._resolve(key, call).answer()

    def forget(self, key: Hashable) -> None:
        """Load the key anew at its next use. A load in progress is for those who wait for it, and not kept."""
        with self._lock:
            self._entries.remove(key)
            self._flights.pop(key, None)

    def clear(self) -> None:
        """Forget every key."""
        with self._lock:
            self._entries.clear()
            self._flights.clear()

    def _resolve(self, key: Hashable, call: Call) -> Entry:
        """What to answer where there was nothing fresh a moment ago."""
        while True:
            with self._lock:
                held = self._held(key, call)
                if held is not None:
                    return held
                flight = self._flights.get(key)
                own: Flight[Entry] = Flight()
                if flight is None:
                    self._flights[key] = own
            try:
                if flight is None or not flight.wait():
                    return self._counted(self._fly(own, key, call=call))
                if flight.outcome is not None:
                    return self._counted(flight.outcome)
            finally:
                # An error's traceback refers to this frame, and so must not find the error again from here.
                del flight, own

    def _held(self, key: Hashable, call: Call) -> Entry | None:
        """What can be answered without waiting for a load."""
        entry = self._entries.by_key.get(key)
        if entry is None:
            return None
        at = self._moment()
        if entry.is_fresh(at):
            self.stats.hits += 1
            return entry
        can_load = not entry.pause.is_on(at) and deadline.current().fits(entry.took_s * 1000)
        good_for_s = max(self._stale.while_loading_s, 0.0 if can_load else self._stale.if_error_s)
        if entry.is_negative or age_s(entry.began, at) >= self._ttl_s + good_for_s:
            return None
        if can_load and key not in self._refreshing and key not in self._flights:
            self._begin_refresh(entry, key, call=call)
        entry.is_stale = True
        self._entries.by_key.move_to_end(key)
        return self._counted(entry)

    def _counted(self, entry: Entry) -> Entry:
        with self._lock:
            if entry.is_stale:
                self.stats.stale += 1
            else:
                self.stats.misses += 1
        return entry

    def _fly(self, flight: Flight[Entry], key: Hashable, *, call: Call) -> Entry:
        """Load, for this thread and those that wait for the flight."""
        try:
            return self._arrived(flight, key, loaded=self._loaded(key, call))
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.land()
            del flight

    def _loaded(self, key: Hashable, call: Call) -> Entry:
        args, kwargs = call
        began = self._moment()
        try:
            value = self._load(*args, **kwargs)
        except Exception as error:
            return self._measured(Entry(began, error=error), key)
        return self._measured(Entry(began, value=value), key)

    def _measured(self, entry: Entry, key: Hashable) -> Entry:
        entry.took_s = self._moment()[1] - entry.began[1]
        if self._entries.max_bytes < float("inf"):
            entry.size_bytes = value_bytes((key, entry.value)) + _ENTRY_BYTES
        return entry

    def _arrived(self, flight: Flight[Entry], key: Hashable, *, loaded: Entry) -> Entry:
        with self._lock:
            outcome = self._settled(key, loaded, keep=self._flights.get(key) is flight)
        flight.outcome = outcome
        return outcome

    def _settled(self, key: Hashable, loaded: Entry, *, keep: bool) -> Entry:
        """What a load comes to: what it gave, kept if it may be, or what is still good enough when it failed."""
        if loaded.is_failure:
            self.stats.errors += 1
            return self._spare(key, loaded.took_s) or loaded
        ttl_s = self._negative_ttl_s if loaded.is_negative else self._ttl_s
        loaded.keep_fresh(ttl_s)
        if keep and ttl_s > 0:
            self.stats.evicted += self._entries.put(key, loaded)
        elif keep:
            self._entries.remove(key)
        return loaded

    def _spare(self, key: Hashable, failed_in_s: float) -> Entry | None:
        """What is still good enough after a failure. It is not tried again for a while."""
        entry = self._entries.by_key.get(key)
        if entry is None or entry.is_negative:
            return None
        at = self._moment()
        entry.pause.begin(at, cost_s=failed_in_s)
        if age_s(entry.began, at) >= self._ttl_s + self._stale.if_error_s:
            return None
        entry.is_stale = True
        return entry

    def _begin_refresh(self, old: Entry, key: Hashable, *, call: Call) -> None:
        refresh = functools.partial(self._refresh, old, key, call=call)
        thread = threading.Thread(target=refresh, name="headstart refresh", daemon=True)
        self._refreshing.add(key)
        _refreshes.add(thread)
        try:
            thread.start()
        except RuntimeError:  # there can be no more threads: the old value will do
            self._refreshing.discard(key)
            _refreshes.discard(thread)

    def _refresh(self, old: Entry, key: Hashable, *, call: Call) -> None:
        try:
            loaded = self._loaded(key, call)
            with self._lock:
                if self._entries.by_key.get(key) is old:  # not forgotten, nor loaded by another since
                    self._settled(key, loaded, keep=True)
        finally:
            with self._lock:
                self._refreshing.discard(key)
            _refreshes.discard(threading.current_thread())

    def _begin_in_child(self) -> None:
        was_changing = not self._lock.acquire(blocking=False)
        self._begin()
        if was_changing:
            self._entries.clear()


_caches: weakref.WeakSet[LoadingCache] = weakref.WeakSet()
_refreshes: set[threading.Thread] = set()


def finish_refreshes() -> bool:
    """Wait, until the deadline of the invocation at most, for the loads that ``Stale(while_loading_s=…)`` has begun.

    A thread that is at work when the handler answers is frozen with the environment and goes on in its next invocation,
    where its connection may be dead. Call this last in a handler to rather have it done. Gives whether all are.
    """
    for thread in tuple(_refreshes):
        remaining_ms = deadline.current().remaining_ms
        thread.join(None if remaining_ms == float("inf") else remaining_ms / 1000)
    return not any(thread.is_alive() for thread in tuple(_refreshes))


def _begin_in_child() -> None:
    """After a fork only the thread that forked goes on: no other holds a lock, or will ever finish a load."""
    _refreshes.clear()
    for cache in tuple(_caches):
        cache._begin_in_child()


os.register_at_fork(after_in_child=_begin_in_child)
