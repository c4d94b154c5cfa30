"""What a batch run did, while it runs and when it is over."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Progress:
    """Where a run is after a batch. ``read`` and ``rejected`` count from the very beginning, over all runs;
    ``done_ratio`` is the part of the input that has been read, None where its size is unknown; ``records_per_s`` is of
    this run."""

    __slots__ = ("done_ratio", "read", "records_per_s", "rejected")

    def __init__(self, *, read: int, rejected: int, done_ratio: float | None, records_per_s: float) -> None:
        self.read = read
        self.rejected = rejected
        self.done_ratio = done_ratio
        self.records_per_s = records_per_s

    def __repr__(self) -> str:
        done = "" if self.done_ratio is None else f", done_ratio={self.done_ratio:.3f}"
        return f"Progress(read={self.read}, rejected={self.rejected}{done}, records_per_s={self.records_per_s:.0f})"


class StreamResult:
    """What a run did. ``read`` = ``written`` + ``dropped`` + ``rejected``, exactly; these, ``batches`` and the bytes
    count from the very beginning, over all runs that resumed one another. ``peak_mb`` is the most memory that the
    process ever held, in MB; ``elapsed_s`` is of this run.

    ``finished`` says whether the source was read to its end; if not, the next run goes on from ``resume_token``.
    """

    __slots__ = (
        "batches",
        "bytes_read",
        "bytes_written",
        "dropped",
        "elapsed_s",
        "finished",
        "peak_mb",
        "read",
        "rejected",
        "resume_token",
        "written",
    )

    def __init__(self, counts: dict[str, int], *, resume_token: str | None, peak_mb: float, elapsed_s: float) -> None:
        self.read = counts["read"]
        self.written = counts["written"]
        self.dropped = counts["dropped"]
        self.rejected = counts["rejected"]
        self.batches = counts["batches"]
        self.bytes_read = counts["bytes_read"]
        self.bytes_written = counts["bytes_written"]
        self.finished = resume_token is None
        self.resume_token = resume_token
        self.peak_mb = peak_mb
        self.elapsed_s = elapsed_s

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON, for a handler to return."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __repr__(self) -> str:
        shown = ("read", "written", "dropped", "rejected", "finished")
        return f"StreamResult({', '.join(f'{name}={getattr(self, name)}' for name in shown)})"
