"""How much to take in a batch, from what the batches before it needed: pure arithmetic, no clock and no memory read.

An estimate rises at once and falls slowly, and a batch at most doubles, so a surprise costs little.
"""

from __future__ import annotations

_FALLING_WEIGHT = 0.3
_ROOM_RATIO = 0.7
_TIME_RATIO = 0.5


class Cautious:
    """An estimate of a quantity that is bad to underestimate: rises at once, falls slowly."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def learn(self, sample: float) -> None:
        """Take one more measurement into account."""
        self.value = max(sample, self.value + _FALLING_WEIGHT * (sample - self.value))


class BatchSize:
    """The size of the next batch in bytes of input, between ``least_bytes`` and ``most_bytes``."""

    __slots__ = ("_asked_bytes", "_last_bytes", "_s_per_byte", "_slope", "least_bytes", "most_bytes")

    def __init__(self, *, most_bytes: int, first_bytes: int = 16 * 1024, least_bytes: int = 4 * 1024) -> None:
        self.most_bytes = most_bytes
        self.least_bytes = min(least_bytes, most_bytes)
        self._last_bytes = self._asked_bytes = max(first_bytes // 2, 1)
        self._slope = Cautious()
        self._s_per_byte = Cautious()

    def learn(self, batch_bytes: int, *, grown_bytes: int, took_s: float) -> None:
        """What a batch of ``batch_bytes`` did: it took ``took_s``, and at its fullest moment memory had grown by
        ``grown_bytes`` since before the first batch."""
        self._last_bytes = self._asked_bytes
        # What a batch costs at least, whatever its size, is not to be laid on a few bytes.
        share_bytes = max(batch_bytes, self.least_bytes)
        self._slope.learn(max(0, grown_bytes) / share_bytes)
        self._s_per_byte.learn(took_s / share_bytes)

    def next_bytes(self, *, room_bytes: float, left_s: float) -> int:
        """The next batch: at most twice the last, 0.7 of the room that all batches may take together, and half the time
        that is left; 0 when not even the least is likely to be done in that time."""
        if left_s <= 0:
            return 0
        size = min(2.0 * self._last_bytes, self.most_bytes)
        if self._slope.value > 0:
            size = min(size, _ROOM_RATIO * room_bytes / self._slope.value)
        size = max(size, self.least_bytes)
        if self._s_per_byte.value > 0:
            size = min(size, _TIME_RATIO * left_s / self._s_per_byte.value)
        if size < self.least_bytes:
            return 0
        self._asked_bytes = int(size)
        return self._asked_bytes
