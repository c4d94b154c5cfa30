"""Parquet as a source: a dict for each row, one row group after another; needs pyarrow in the package."""

from __future__ import annotations

from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from headstart_kit.batches.protocols import Content, Position, Record, SeekableFile

_DECODED_BYTES = 1024 * 1024
_DECODED_ROWS = 1024
_BUFFER_BYTES = 256 * 1024


class ParquetRows:
    """The rows of ``content``, of all ``columns`` or of those named, in pyarrow's Python values.

    ``row_groups`` limits the source to the row groups from the first number on and before the second.
    """

    __slots__ = ("columns", "content", "row_groups")

    def __init__(
        self,
        content: Content,
        *,
        columns: Sequence[str] | None = None,
        row_groups: tuple[int, int] | None = None,
    ) -> None:
        self.content = content
        self.columns = None if columns is None else list(columns)
        self.row_groups = row_groups

    @property
    def name(self) -> str:
        """The content's name, and which part of it."""
        if self.row_groups is None:
            return self.content.name
        return "{} [row group {}, {})".format(self.content.name, *self.row_groups)

    def open(self, position: Position | None = None, *, version: str | None = None) -> ParquetReader:
        """Read from ``position`` on.

        Raises:
            SourceError: as the content does; it is no Parquet; or the package has no pyarrow.
        """
        file = self.content.open_seekable(version=version)
        parquet = parquet_file(file, name=self.content.name)
        first, end = self.row_groups or (0, parquet.metadata.num_row_groups)
        at = position or {"row_group": first, "row": 0}
        return ParquetReader(file, parquet, columns=self.columns, position=at, end=end)


def parquet_file(file: SeekableFile, *, name: str) -> Any:
    """pyarrow's reader of the file.

    Raises:
        SourceError: it is no Parquet, or the package has no pyarrow.
    """
    try:
        from pyarrow.lib import ArrowException  # type: ignore[import-untyped]
        from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]
    except ImportError as error:
        raise SourceError(f"{name} is Parquet: put pyarrow into the package") from error
    try:
        # Without pre_buffer a row group is not held whole.
        return ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES)
    except ArrowException as error:
        raise SourceError(f"{name} cannot be read as Parquet: {error}") from error


class ParquetReader:
    """The rows of a Parquet file from a position on, up to the row group ``end``."""

    __slots__ = ("_columns", "_decoded", "_end", "_file", "_group", "_parquet", "_pending", "_row", "version")

    def __init__(
        self, file: SeekableFile, parquet: Any, *, columns: list[str] | None, position: Position, end: int
    ) -> None:
        self._file = file
        self._parquet = parquet
        self._columns = columns
        self._group: int = position["row_group"]
        self._row: int = position["row"]
        self._end = end
        self._pending: Any = None
        self._decoded = self._decode()
        self.version = file.version

    def _decode(self) -> Iterator[tuple[int, Any]]:
        """Record batches from the position on, each with the number of its row group."""
        passed = self._row
        for group in range(self._group, self._end):
            metadata = self._parquet.metadata.row_group(group)
            rows = max(1, min(_DECODED_ROWS, _DECODED_BYTES * metadata.num_rows // max(1, metadata.total_byte_size)))
            for batch in self._parquet.iter_batches(rows, row_groups=[group], columns=self._columns):
                skipped = min(passed, batch.num_rows)
                passed -= skipped
                if skipped < batch.num_rows:
                    yield group, batch.slice(skipped)

    def read(self, size_bytes: int, *, max_records: int | None = None) -> RowChunk | None:
        """Rows of about ``size_bytes``, at least one and no more than are decoded at a time; None at the end.

        Raises:
            SourceError: the file is damaged.
        """
        from pyarrow.lib import ArrowException

        if self._pending is None:
            try:
                group, self._pending = next(self._decoded, (self._end, None))
            except (ArrowException, OSError) as error:
                raise SourceError(f"row group {self._group} cannot be read: {error}") from error
            if group != self._group:
                self._group, self._row = group, 0
        if self._pending is None:
            return None
        batch = self._pending
        rows = max(1, size_bytes * batch.num_rows // max(1, batch.nbytes))
        taken = batch.slice(0, rows if max_records is None else min(rows, max_records))
        self._pending = batch.slice(taken.num_rows) if taken.num_rows < batch.num_rows else None
        self._row += taken.num_rows
        return RowChunk(taken)

    @property
    def position(self) -> Position:
        """The row group, and the row in it, that comes next."""
        return {"row_group": self._group, "row": self._row}

    @property
    def ratio(self) -> float | None:
        """The part of the row groups that has been read."""
        return self._group / self._end if self._end else 1.0

    def close(self) -> None:
        """Close the file."""
        self._decoded = iter(())
        self._parquet.close()
        self._file.close()


class RowChunk:
    """The rows of a record batch."""

    __slots__ = ("_batch", "records", "rejects", "size_bytes")

    def __init__(self, batch: Any) -> None:
        self._batch = batch
        self.records: list[Record] = batch.to_pylist()
        self.rejects: tuple[()] = ()
        self.size_bytes: int = batch.nbytes

    def place(self, number: int) -> tuple[int, None, Record]:
        """The row's index, and the row as it is in the file."""
        return number, None, self._batch.slice(number, 1).to_pylist()[0]
