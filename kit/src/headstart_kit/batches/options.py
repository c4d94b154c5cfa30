"""Within what bounds a batch run stays."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from headstart_kit.batches.result import Progress

BATCH_BYTES_MAX = 64 * 1024 * 1024


class StreamOptions:
    """``memory_share``: the part of the function's memory, less what it holds before the first batch, that batches may
    take. ``max_records`` and ``max_batch_bytes`` of input bound a batch besides; from 64 KB on more is not faster.
    ``reserve_ms`` is kept of the time that is left, to finish or suspend the sinks, beside twice the time of their
    slowest write so far. ``whole_batches``: the transform takes and returns a list. ``on_progress`` is called after
    each batch.

    Raises:
        ValueError: one of them is out of range.
    """

    __slots__ = ("max_batch_bytes", "max_records", "memory_share", "on_progress", "reserve_ms", "whole_batches")

    def __init__(
        self,
        *,
        memory_share: float = 0.5,
        max_records: int | None = None,
        max_batch_bytes: int = 128 * 1024,
        reserve_ms: float = 1000.0,
        whole_batches: bool = False,
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
        self.memory_share = memory_share
        self.max_records = max_records
        self.max_batch_bytes = max_batch_bytes
        self.reserve_ms = reserve_ms
        self.whole_batches = whole_batches
        self.on_progress = on_progress
