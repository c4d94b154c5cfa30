"""Bytes that arrive in chunks, up to a cap."""

from __future__ import annotations

from headstart_kit.errors import TooLargeError

MB_BYTES = 1024 * 1024
CHUNK_BYTES = 256 * 1024


class CappedBytes:
    """Collects what is read of ``what``, and refuses more than ``max_mb`` MB."""

    __slots__ = ("_chunks", "_max_bytes", "_what", "size_bytes")

    def __init__(self, what: str, *, max_mb: float) -> None:
        if max_mb <= 0:
            raise ValueError(f"max_mb is {max_mb}; allowed: more than 0")
        self._what = what
        self._max_bytes = int(max_mb * MB_BYTES)
        self._chunks: list[bytes] = []
        self.size_bytes = 0

    def expect(self, total_bytes: int) -> None:
        """Refuse at once what says that it will be too large.

        Raises:
            TooLargeError: ``total_bytes`` is above the cap.
        """
        if total_bytes > self._max_bytes:
            raise TooLargeError(
                f"{self._what} has more than {self._max_bytes} bytes; if that is right, allow it by max_mb="
            )

    def add(self, chunk: bytes) -> None:
        """Collect another chunk.

        Raises:
            TooLargeError: that makes it too much.
        """
        self.size_bytes += len(chunk)
        self.expect(self.size_bytes)
        self._chunks.append(chunk)

    def joined(self) -> bytes:
        """All of it. Nothing is kept."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)
