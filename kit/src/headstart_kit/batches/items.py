"""Records that are in memory already: those of an event, the items that a Distributed Map hands out."""

from __future__ import annotations

from headstart_kit.batches.contents import require_version
from headstart_kit.batches.rejects import Fault, Reject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from headstart_kit.batches.protocols import Position, Record

# What an item counts for where the size of a batch is in bytes and nobody knows the item's.
_ITEM_BYTES = 256


class Items:
    """The ``items`` of a list, or what ``read`` makes of each; one that it raises for is rejected.

    To go on from a resume token, give the same list again under the same ``name``.
    """

    __slots__ = ("_items", "_read", "name")

    def __init__(
        self, items: Sequence[Any], *, name: str = "items", read: Callable[[Any], Record] | None = None
    ) -> None:
        self._items = items
        self._read = read
        self.name = name

    def open(self, position: Position | None = None, *, version: str | None = None) -> ItemReader:
        """Read from ``position`` on.

        Raises:
            SourceError: the list has another length than before.
        """
        found = f"{len(self._items)} items"
        require_version(self.name, found, wanted=version)
        return ItemReader(self._items, self._read, version=found, next_item=position["item"] if position else 0)


class ItemReader:
    """The items of a list from one on."""

    __slots__ = ("_items", "_next", "_read", "version")

    def __init__(
        self, items: Sequence[Any], read: Callable[[Any], Record] | None, *, version: str, next_item: int
    ) -> None:
        self._items = items
        self._read = read
        self._next = next_item
        self.version = version

    def read(self, size_bytes: int, *, max_records: int | None = None) -> ItemChunk | None:
        """Some items, at least one; None at the end."""
        count = max(1, size_bytes // _ITEM_BYTES)
        taken = self._items[self._next : self._next + (count if max_records is None else min(count, max_records))]
        self._next += len(taken)
        return ItemChunk(list(taken), self._read) if taken else None

    @property
    def position(self) -> Position:
        """The number of the next item."""
        return {"item": self._next}

    @property
    def ratio(self) -> float | None:
        """The part of the items that has been read."""
        return self._next / len(self._items) if self._items else 1.0

    def close(self) -> None:
        """Nothing to give back."""


class ItemChunk:
    """Some items, and the records that they were read to be."""

    __slots__ = ("_indices", "_items", "records", "rejects", "size_bytes")

    def __init__(self, items: list[Any], read: Callable[[Any], Record] | None) -> None:
        self._items = items
        self._indices: Sequence[int] = range(len(items))
        self.size_bytes = _ITEM_BYTES * len(items)
        self.records: list[Record] = items
        self.rejects: list[Reject] = []
        if read is not None:
            self._read_each(read)

    def _read_each(self, read: Callable[[Any], Record]) -> None:
        self.records, self._indices = [], []
        for index, item in enumerate(self._items):
            try:
                self.records.append(read(item))
                self._indices.append(index)
            except Exception as error:  # whatever it is, it is the item's
                self.rejects.append(Reject(Fault(error), index=index, offset=None, raw=item))

    def place(self, number: int) -> tuple[int, None, Any]:
        """The record's index, and the item that it was read from."""
        index = self._indices[number]
        return index, None, self._items[index]
