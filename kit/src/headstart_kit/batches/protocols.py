"""What the parts of a batch run expect of each other; for type checkers only, empty at run time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol, TypeAlias

    from headstart_kit.batches.rejects import Reject

    Record: TypeAlias = Any
    """A record as a transform sees it: a dict of JSON values from files, whatever there was from elsewhere."""

    Position: TypeAlias = "dict[str, Any]"
    """Where a source goes on, as JSON."""

    class ByteStream(Protocol):
        """The content of a file or object from somewhere to its end."""

        version: str
        """What is different whenever the content is: an ETag, or time and size."""

        def read(self, size_bytes: int, /) -> bytes:
            """At most ``size_bytes``; nothing at the end."""
            ...

        @property
        def ratio(self) -> float | None:
            """The part of the content that has been read, 0 to 1; None where its size is unknown."""
            ...

        def close(self) -> None:
            """Give back what it holds."""
            ...

    class SeekableFile(Protocol):
        """What pyarrow reads from: a binary file."""

        version: str

        @property
        def closed(self) -> bool:
            """Whether it is closed."""
            ...

        def read(self, size_bytes: int = -1, /) -> bytes:
            """At most ``size_bytes`` from where it stands."""
            ...

        def seek(self, offset: int, whence: int = 0, /) -> int:
            """Stand elsewhere."""
            ...

        def tell(self) -> int:
            """Where it stands."""
            ...

        def close(self) -> None:
            """Give back what it holds."""
            ...

    class Content(Protocol):
        """Bytes that can be read from the beginning as often as one likes: a file, an S3 object."""

        name: str

        def open(self, offset: int = 0, *, version: str | None = None) -> ByteStream:
            """Read from ``offset`` on.

            Raises:
                SourceError: it is not there, or no longer of this ``version``.
            """
            ...

        def open_seekable(self, *, version: str | None = None) -> SeekableFile:
            """Read here and there. Raises as ``open``."""
            ...

        def measure(self) -> tuple[int, str]:
            """Its size in bytes, and its version. Raises as ``open``."""
            ...

    class Chunk(Protocol):
        """The records of one batch as they were read."""

        records: list[Record]
        size_bytes: int

        @property
        def rejects(self) -> Sequence[Reject]:
            """What was read but is no record; their ``index`` counts within the chunk."""
            ...

        def place(self, number: int) -> tuple[int, int | None, object]:
            """Of ``records[number]``: its index within the chunk (rejects count), its offset in bytes, it as it was."""
            ...

    class Reader(Protocol):
        """A source while it is read."""

        version: str

        def read(self, size_bytes: int, *, max_records: int | None = None) -> Chunk | None:
            """About ``size_bytes`` of records, at least one; None at the end."""
            ...

        @property
        def position(self) -> Position:
            """Where the next chunk begins."""
            ...

        @property
        def ratio(self) -> float | None:
            """The part that has been read, 0 to 1; None where the whole is unknown."""
            ...

        def close(self) -> None:
            """Give back what it holds."""
            ...

    class Source(Protocol):
        """Records, from the first on or from a position."""

        @property
        def name(self) -> str:
            """What it is called in messages and resume tokens, such as ``s3://bucket/key``."""
            ...

        def open(self, position: Position | None = None, *, version: str | None = None) -> Reader:
            """Read on from ``position``.

            Raises:
                SourceError: it is not there, cannot be read, or is no longer of this ``version``.
            """
            ...

    class Writer(Protocol):
        """A sink while it is written."""

        def write(self, text: bytes) -> None:
            """Add whole lines."""
            ...

        @property
        def held_bytes(self) -> int:
            """What of that is in memory."""
            ...

        def suspend(self) -> dict[str, Any]:
            """Make all that was written safe; what ``open`` needs to go on, as JSON."""
            ...

        def finish(self) -> None:
            """Make the result visible, whole."""
            ...

        def abandon(self) -> None:
            """Leave nothing of what this writer began; what an earlier ``suspend`` made safe stays."""
            ...

        def give_up(self) -> None:
            """Leave nothing at all."""
            ...

    class Sink(Protocol):
        """Where text goes."""

        @property
        def name(self) -> str:
            """What it is called in messages and resume tokens."""
            ...

        def open(self, state: dict[str, Any] | None = None) -> Writer:
            """Begin, or go on from what ``suspend`` told.

            Raises:
                SourceError: what was suspended is no longer there.
            """
            ...

        def part(self, name: str) -> Sink:
            """A sink of the same kind for one part of the result."""
            ...
