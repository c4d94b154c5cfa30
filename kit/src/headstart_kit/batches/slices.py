"""A source cut into parts that can be read on their own, as JSON, so that a plan of them can be kept."""

from __future__ import annotations

from itertools import pairwise

from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.parquet_rows import ParquetRows, parquet_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from headstart_kit.batches.protocols import ByteStream, Content, SeekableFile, Source

SLICES_MAX = 1000


class Pinned:
    """A content that is read in one version only."""

    __slots__ = ("_content", "_version", "name")

    def __init__(self, content: Content, version: str) -> None:
        self._content = content
        self._version = version
        self.name = content.name

    def open(self, offset: int = 0, *, version: str | None = None) -> ByteStream:
        """As the content does."""
        return self._content.open(offset, version=version or self._version)

    def open_seekable(self, *, version: str | None = None) -> SeekableFile:
        """As the content does."""
        return self._content.open_seekable(version=version or self._version)

    def measure(self) -> tuple[int, str]:
        """As the content does."""
        return self._content.measure()


def plan_slices(source: Source, count: int) -> list[dict[str, Any]]:
    """At most ``count`` parts of about the same size, in order: of JSON Lines by bytes, of Parquet by row groups. What
    cannot be entered in the middle (gzip, CSV, whose fields may hold newlines, and items) stays in one.

    Raises:
        ValueError: ``count`` is out of range.
        SourceError: the source cannot be read.
    """
    if type(count) is not int or not 1 <= count <= SLICES_MAX:
        raise ValueError(f"slices is {count!r}; allowed: 1 … {SLICES_MAX}")
    if isinstance(source, JsonLines) and source.between is None and not source.content.name.endswith(".gz"):
        size_bytes, version = source.content.measure()
        return [{"version": version, "between": bounds} for bounds in _cut(size_bytes, count)]
    if isinstance(source, ParquetRows) and source.row_groups is None:
        file = source.content.open_seekable()
        try:
            groups = parquet_file(file, name=source.name).metadata.num_row_groups
            return [{"version": file.version, "row_groups": bounds} for bounds in _cut(groups, count)]
        finally:
            file.close()
    if isinstance(source, (JsonLines, CsvRows, ParquetRows)):
        return [{"version": source.content.measure()[1]}]
    return [{}]


def _cut(whole: int, count: int) -> list[list[int]]:
    count = max(1, min(count, whole))
    ends = [whole * number // count for number in range(count + 1)]
    return [list(bounds) for bounds in pairwise(ends)]


def slice_of(source: Source, planned: dict[str, Any]) -> Source:
    """The part of ``source`` that ``plan_slices`` planned, in the version that it saw."""
    if not isinstance(source, (JsonLines, CsvRows, ParquetRows)):
        return source
    content = Pinned(source.content, planned["version"])
    if isinstance(source, JsonLines):
        between = planned.get("between", source.between)
        return JsonLines(
            content,
            max_record_bytes=source.max_record_bytes,
            between=between and tuple(between),
            parsed=source.parsed,
        )
    if isinstance(source, ParquetRows):
        groups = planned.get("row_groups", source.row_groups)
        return ParquetRows(content, columns=source.columns, row_groups=groups and tuple(groups))
    return CsvRows(
        content, columns=source.columns, delimiter=source.delimiter, max_record_bytes=source.max_record_bytes
    )
