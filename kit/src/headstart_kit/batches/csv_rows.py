"""CSV as a source: a dict of texts for each row."""

from __future__ import annotations

import io
from itertools import accumulate

from headstart_kit.batches.contents import open_unpacked
from headstart_kit.batches.jsonl import MAX_RECORD_BYTES
from headstart_kit.batches.lines import Lines, LongLine
from headstart_kit.batches.rejects import Fault, Reject
from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headstart_kit.batches.protocols import ByteStream, Content, Position, Record

_READ_BYTES = 64 * 1024
_MARK = b"\xef\xbb\xbf"


class CsvRows:
    """The rows of ``content`` as the standard library's csv reads them, each a dict of texts; blank lines are none.

    The first row has the names of the columns, unless ``columns`` gives them. A row with more or fewer fields, with a
    line that is not UTF-8 or longer than ``max_record_bytes``, or with a field longer than ``csv.field_size_limit()``
    characters, is rejected. Content whose name ends in ``.gz`` is unpacked.
    """

    __slots__ = ("columns", "content", "delimiter", "max_record_bytes")

    def __init__(
        self,
        content: Content,
        *,
        columns: Sequence[str] | None = None,
        delimiter: str = ",",
        max_record_bytes: int = MAX_RECORD_BYTES,
    ) -> None:
        if len(delimiter) != 1:
            raise ValueError(f"delimiter is {delimiter!r}; allowed: one character")
        if max_record_bytes < 1:
            raise ValueError(f"max_record_bytes is {max_record_bytes}; allowed: 1 or more")
        self.content = content
        self.columns = None if columns is None else list(columns)
        self.delimiter = delimiter
        self.max_record_bytes = max_record_bytes

    @property
    def name(self) -> str:
        """The content's name."""
        return self.content.name

    def open(self, position: Position | None = None, *, version: str | None = None) -> CsvReader:
        """Read from ``position`` on.

        Raises:
            SourceError: as the content does; or the first row is no row of names.
        """
        offset = position["offset"] if position else 0
        stream = open_unpacked(self.content, offset, version=version)
        lines = Lines(stream, offset=offset, max_line_bytes=self.max_record_bytes)
        columns = position["columns"] if position else self.columns
        return CsvReader(stream, TextLines(lines), delimiter=self.delimiter, columns=columns)


class TextLines:
    """The lines as csv wants them, one at a time, so that after each row it is known where the next one begins.

    ``offset`` is where the next line begins. ``taken`` has the lines given out since ``begin``, and ``faults`` what is
    wrong with some of them, by their number there.
    """

    __slots__ = ("_lines", "faults", "offset", "taken")

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.offset = lines.offset
        self.begin()

    def begin(self) -> None:
        """Forget the lines given out so far."""
        self.taken: list[bytes] = []
        self.faults: dict[int, Fault] = {}

    def __iter__(self) -> Iterator[str]:
        lines = self._lines
        while True:
            block = lines.take(_READ_BYTES)
            if lines.long_lines:
                yield self._long_line(lines.long_lines.pop())
            elif not block:
                return
            for raw, text in zip(io.BytesIO(block), self._texts(block), strict=True):
                self.taken.append(raw)
                self.offset += len(raw)
                yield text

    def _texts(self, block: bytes) -> Iterator[str]:
        if self.offset == 0:
            block = block.removeprefix(_MARK)
        try:
            return io.StringIO(block.decode())
        except UnicodeDecodeError:
            return self._faulty_texts(block)

    def _faulty_texts(self, block: bytes) -> Iterator[str]:
        for line in io.BytesIO(block):
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                self.faults[len(self.taken)] = Fault(error)
                text = line.decode(errors="replace")
            yield text

    def _long_line(self, line: LongLine) -> str:
        allowed = self._lines.max_line_bytes
        fault = ValueError(f"the line has {line.size_bytes} bytes; allowed: {allowed}")
        self.faults[len(self.taken)] = Fault(fault)
        self.taken.append(line.head)
        self.offset = self._lines.offset
        return "\n"


class CsvReader:
    """The rows of a stream of lines."""

    __slots__ = ("_columns", "_lines", "_rows", "_stream", "version")

    def __init__(self, stream: ByteStream, lines: TextLines, *, delimiter: str, columns: list[str] | None) -> None:
        import csv

        self._stream = stream
        self._lines = lines
        self._rows = csv.reader(lines, delimiter=delimiter)
        self.version = stream.version
        self._columns = self._names() if columns is None else columns

    def _names(self) -> list[str]:
        import csv

        try:
            row = next(self._rows, [])
        except csv.Error as error:
            raise SourceError(f"the first row has to name the columns: {error}") from error
        if self._lines.taken and (not row or self._lines.faults or len(set(row)) < len(row)):
            raise SourceError(f"the first row has to name the columns, each once; it is {row}")
        return row

    def read(self, size_bytes: int, *, max_records: int | None = None) -> CsvChunk | None:
        """Rows until ``size_bytes`` are read, or ``max_records`` of them; None at the end."""
        import csv

        lines = self._lines
        lines.begin()
        start, end = lines.offset, lines.offset + size_bytes
        most = size_bytes if max_records is None else max_records
        rows: list[list[str]] = []
        ends: list[int] = []
        while lines.offset < end and len(rows) < most:
            try:
                rows.append(next(self._rows))
            except StopIteration:
                break
            except csv.Error as error:
                lines.faults[len(lines.taken) - 1] = Fault(error)
                rows.append([])
            ends.append(len(lines.taken))
        if not rows:
            return None
        chunk = CsvChunk(lines.taken, ends, offset=start, size_bytes=lines.offset - start)
        chunk.fill(rows, self._columns, faults=lines.faults)
        return chunk

    @property
    def position(self) -> Position:
        """The offset of the next row, in the unpacked content, and the names."""
        return {"offset": self._lines.offset, "columns": self._columns}

    @property
    def ratio(self) -> float | None:
        """The part of the content that has been read."""
        return self._stream.ratio

    def close(self) -> None:
        """Close the content."""
        self._stream.close()


class CsvChunk:
    """The rows of one batch. ``ends`` has, for each row, how many of the ``lines`` there were when it was complete."""

    __slots__ = ("_ends", "_lines", "_offset", "_offsets", "_rows_of_records", "records", "rejects", "size_bytes")

    def __init__(self, lines: list[bytes], ends: list[int], *, offset: int, size_bytes: int) -> None:
        self._lines = lines
        self._ends = ends
        self._offset = offset
        self._offsets: list[int] = []
        self._rows_of_records: list[tuple[int, int]] | None = None
        self.size_bytes = size_bytes
        self.records: list[Record] = []
        self.rejects: list[Reject] = []

    def fill(self, rows: list[list[str]], columns: list[str], *, faults: dict[int, Fault]) -> None:
        """Make records of the rows; ``faults`` are those of lines."""
        if not faults and {len(columns)}.issuperset(map(len, rows)):
            self.records = [dict(zip(columns, row, strict=True)) for row in rows]
            return
        self._rows_of_records = []
        index = start = 0
        for number, row in enumerate(rows):
            fault = next((faults[line] for line in range(start, self._ends[number]) if line in faults), None)
            start = self._ends[number]
            if not row and fault is None:
                continue
            if fault is None and len(row) != len(columns):
                fault = Fault(ValueError(f"the row has {len(row)} fields; the names of the columns are {len(columns)}"))
            if fault is None:
                self.records.append(dict(zip(columns, row, strict=True)))
                self._rows_of_records.append((index, number))
            else:
                self.rejects.append(self._reject(fault, index=index, row=number))
            index += 1

    def _reject(self, fault: Fault, *, index: int, row: int) -> Reject:
        offset, raw = self._raw(row)
        return Reject(fault, index=index, offset=offset, raw=raw)

    def place(self, number: int) -> tuple[int, int, bytes]:
        """The record's index, offset, and lines."""
        index, row = (number, number) if self._rows_of_records is None else self._rows_of_records[number]
        return index, *self._raw(row)

    def _raw(self, row: int) -> tuple[int, bytes]:
        if not self._offsets:
            self._offsets = list(accumulate(map(len, self._lines), initial=self._offset))
        start, end = self._ends[row - 1] if row else 0, self._ends[row]
        return self._offsets[start], b"".join(self._lines[start:end]).rstrip(b"\r\n")
