"""What a cache counts."""

from __future__ import annotations


class CacheStats:
    """Counts since the environment began. Every call is a hit, stale or a miss.

    ``hits``: answered with what is fresh; ``stale``: with what is older; ``misses``: by a load, its own or another's.
    ``errors``: loads that failed, and failures at a cache in Redis. ``evicted``: what had to make room. ``skipped``:
    misses that did not ask Redis, because it had failed just before.
    """

    __slots__ = ("errors", "evicted", "hits", "misses", "skipped", "stale")

    def __init__(self) -> None:
        self.hits = self.stale = self.misses = self.errors = self.evicted = self.skipped = 0

    def as_dict(self) -> dict[str, int]:
        """All counts by name, for metrics."""
        return {name: getattr(self, name) for name in ("hits", "stale", "misses", "errors", "evicted", "skipped")}

    def __repr__(self) -> str:
        return f"CacheStats({', '.join(f'{name}={count}' for name, count in self.as_dict().items())})"
