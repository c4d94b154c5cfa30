"""Within what bounds a batch run stays."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from headstart_kit.batches.result import Progress

    Takes = Literal["record", "batch", "text"]

TRANSFORMS_TAKE = ("record", "batch", "text")
BATCH_BYTES_MAX = 64 * 1024 * 1024


class StreamOptions:
    """``memory_share``: the part of the function's memory, less what it holds before the first batch, that batches may
    take. ``max_records`` and ``max_batch_bytes`` of input bound a batch besides; where Python is called for each
    record, more than 64 KB is not faster. ``reserve_ms`` is kept of the time that is left, to finish or suspend the
    sinks, beside twice the time of their slowest write so far. ``on_progress`` is called after each batch.

    ``takes`` says what the transform takes and returns: a ``record``; a ``batch``, which is a list of records, for each
    of which it returns a record, None (dropped) or an exception (rejected); or ``text``, which is whole lines of an
    unparsed ``JsonLines``, for table engines such as Polars: it returns lines, no more than it was given. Where a batch
    or text makes it raise, it is called again with parts of it, to find the records that do.

    Raises:
        ValueError: one of them is out of range.
    """

    __slots__ = ("max_batch_bytes", "max_records", "memory_share", "on_progress", "reserve_ms", "takes")

    def __init__(
        self,
        *,
        memory_share: float = 0.5,
        max_records: int | None = None,
        max_batch_bytes: int = 128 * 1024,
        reserve_ms: float = 1000.0,
        takes: Takes = "record",
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        if not 0 < memory_share <= 0.9:
            raise ValueError(f"memory_share is {memory_share}; allowed: above 0, at most 0.9")
        if max_records is not None and (type(max_records) is not int or max_records < 1):
            raise ValueError(f"max_records is {max_records!r}; allowed: a whole number, 1 or more, or None")
        if type(max_batch_bytes) is not int or not 1 <= max_batch_bytes <= BATCH_BYTES_MAX:
            raise ValueError(f"max_batch_bytes is {max_batch_bytes!r}; allowed: 1 … {BATCH_BYTES_MAX}")
        if not reserve_ms >= 0:
            raise ValueError(f"reserve_ms is {reserve_ms}; allowed: 0 or more")
        if takes not in TRANSFORMS_TAKE:
            raise ValueError(f"takes is {takes!r}; allowed: {', '.join(TRANSFORMS_TAKE)}")
        self.memory_share = memory_share
        self.max_records = max_records
        self.max_batch_bytes = max_batch_bytes
        self.reserve_ms = reserve_ms
        self.takes = takes
        self.on_progress = on_progress
