"""A record that was not taken, and why."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEAD_BYTES = 1000


class Fault:
    """What went wrong with a record, without the exception: its traceback would keep the whole batch, in a cycle that
    only the garbage collector finds, and late."""

    __slots__ = ("error", "message")

    def __init__(self, error: BaseException) -> None:
        self.error = type(error).__name__
        try:
            self.message = str(error)
        except Exception:
            self.message = "its message cannot be shown"


class Reject:
    """A record that could not be read, was refused by the transform, or cannot be written.

    ``index`` counts records from 0; ``offset`` is where it begins in the (unpacked) source, in bytes, None where the
    source has none. ``raw`` is the record as it was read.
    """

    __slots__ = ("error", "index", "message", "offset", "raw")

    def __init__(self, fault: Fault, *, index: int, offset: int | None, raw: object) -> None:
        self.error = fault.error
        self.message = fault.message
        self.index = index
        self.offset = offset
        self.raw = raw

    def moved(self, by: int) -> Reject:
        """The same, its index ``by`` higher."""
        self.index += by
        return self

    def as_record(self) -> dict[str, Any]:
        """What the dead-letter sink gets; bytes of ``raw`` that are not UTF-8 appear escaped."""
        raw = self.raw.decode("utf-8", "backslashreplace") if isinstance(self.raw, bytes) else self.raw
        return {
            "index": self.index,
            "offset": self.offset,
            "error": self.error,
            "message": self.message,
            "raw": raw,
        }

    def __repr__(self) -> str:
        return f"Reject(index={self.index}, offset={self.offset}, error={self.error!r}, message={self.message!r})"
