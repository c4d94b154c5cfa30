"""Collecting garbage where memory is short: what refers to itself may wait long for the collector, which counts objects
and not their size."""

from __future__ import annotations

from headstart_kit import process_memory

_PAUSE_BATCHES = 8
_PAUSE_BATCHES_MAX = 4096
_WORTH_IT_RATIO = 0.05


class Reclaiming:
    """Collects when batches have taken all their room, then pauses: each time that freed little, twice as long."""

    __slots__ = ("_left", "_pause")

    def __init__(self) -> None:
        self._left = 0
        self._pause = _PAUSE_BATCHES

    def after_batch(self, *, grown_bytes: int, room_bytes: float) -> None:
        """Collect if memory has grown by more than the room there is, and there was no collection just now."""
        self._left -= self._left > 0
        if grown_bytes <= room_bytes or self._left:
            return
        import gc

        before_bytes = process_memory.resident_bytes()
        gc.collect()
        freed_bytes = before_bytes - process_memory.resident_bytes()
        worth_it = freed_bytes >= _WORTH_IT_RATIO * room_bytes
        self._pause = _PAUSE_BATCHES if worth_it else min(2 * self._pause, _PAUSE_BATCHES_MAX)
        self._left = self._pause
