"""What a cache holds, bounded by number and by bytes: what was used last stays longest."""

from __future__ import annotations

from collections import OrderedDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Generic, Protocol, TypeVar

    class Sized(Protocol):
        """An entry knows its size."""

        size_bytes: int

    E = TypeVar("E", bound=Sized)
else:  # typing costs four modules
    E = None
    Generic = {E: object}


class BoundedEntries(Generic[E]):
    """Entries by key, the one that was used longest ago first. Not thread-safe: the cache has the lock."""

    __slots__ = ("by_key", "max_bytes", "max_items", "size_bytes")

    def __init__(self, *, max_items: int, max_bytes: float) -> None:
        self.by_key: OrderedDict[Hashable, E] = OrderedDict()
        self.max_items = max_items
        self.max_bytes = max_bytes
        self.size_bytes = 0

    def put(self, key: Hashable, entry: E) -> int:
        """Keep the entry as the one that was used last; gives how many had to go, itself if it alone is too large."""
        self.remove(key)
        if entry.size_bytes > self.max_bytes:
            return 1
        self.by_key[key] = entry
        self.size_bytes += entry.size_bytes
        gone = 0
        while len(self.by_key) > self.max_items or self.size_bytes > self.max_bytes:
            self.size_bytes -= self.by_key.popitem(last=False)[1].size_bytes
            gone += 1
        return gone

    def remove(self, key: Hashable) -> None:
        """Forget the key, if it is there."""
        entry = self.by_key.pop(key, None)
        if entry is not None:
            self.size_bytes -= entry.size_bytes

    def clear(self) -> None:
        """Forget all."""
        self.by_key.clear()
        self.size_bytes = 0
