"""JSON Lines as a source: an object on each line."""

from __future__ import annotations

from headstart_kit.batches.contents import open_unpacked
from headstart_kit.batches.json_codec import Codec, decode_line
from headstart_kit.batches.lines import Lines
from headstart_kit.batches.rejects import Fault, Reject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from headstart_kit.batches.protocols import ByteStream, Content, Position, Record

MAX_RECORD_BYTES = 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_JSON_NAMES = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "a boolean"}


class JsonLines:
    """The objects of ``content``, one a line; blank lines are none. Content whose name ends in ``.gz`` is unpacked.

    What is no JSON, no object, or longer than ``max_record_bytes``, is rejected. ``between`` limits the source to the
    lines that begin from the first offset on and before the second. Where it is not to be ``parsed``, a record is a
    line as bytes, whatever is in it.
    """

    __slots__ = ("between", "content", "max_record_bytes", "parsed")

    def __init__(
        self,
        content: Content,
        *,
        max_record_bytes: int = MAX_RECORD_BYTES,
        between: tuple[int, int] | None = None,
        parsed: bool = True,
    ) -> None:
        if max_record_bytes < 1:
            raise ValueError(f"max_record_bytes is {max_record_bytes}; allowed: 1 or more")
        self.content = content
        self.max_record_bytes = max_record_bytes
        self.between = between
        self.parsed = parsed

    @property
    def name(self) -> str:
        """The content's name, and which part of it."""
        return self.content.name if self.between is None else "{} [{}, {})".format(self.content.name, *self.between)

    def open(self, position: Position | None = None, *, version: str | None = None) -> JsonReader:
        """Read from ``position`` on. Raises as the content does."""
        start, end = self.between or (0, None)
        if position is not None:
            start = position["offset"]
        # A line begins at ``start`` where a newline is before it.
        begun = self.between is not None and position is None and start > 0
        stream = open_unpacked(self.content, start - begun, version=version)
        lines = Lines(stream, offset=start - begun, max_line_bytes=self.max_record_bytes, end=end)
        if begun:
            lines.skip_line()
        return JsonReader(stream, lines, codec=Codec() if self.parsed else None)


class JsonReader:
    """The objects of a stream of lines."""

    __slots__ = ("_codec", "_lines", "_stream", "version")

    def __init__(self, stream: ByteStream, lines: Lines, *, codec: Codec | None) -> None:
        self._stream = stream
        self._lines = lines
        self._codec = codec
        self.version = stream.version

    def read(self, size_bytes: int, *, max_records: int | None = None) -> JsonChunk | None:
        """About ``size_bytes`` of whole lines; None at the end."""
        offset = self._lines.offset
        text = self._lines.take(size_bytes, max_lines=max_records)
        if self._lines.long_lines:
            return self._long_lines(offset)
        if not text:
            return None
        return JsonChunk(text, offset=offset, codec=self._codec)

    def _long_lines(self, offset: int) -> JsonChunk:
        chunk = JsonChunk(b"", offset=offset, codec=self._codec)
        chunk.rejects = [
            Reject(
                Fault(ValueError(f"the record has {line.size_bytes} bytes; allowed: {self._lines.max_line_bytes}")),
                index=index,
                offset=line.offset,
                raw=line.head,
            )
            for index, line in enumerate(self._lines.long_lines)
        ]
        chunk.size_bytes = self._lines.offset - offset
        self._lines.long_lines.clear()
        return chunk

    @property
    def position(self) -> Position:
        """The offset of the next line, in the unpacked content."""
        return {"offset": self._lines.offset}

    @property
    def ratio(self) -> float | None:
        """The part of the content that has been read."""
        return self._stream.ratio

    def close(self) -> None:
        """Close the content."""
        self._stream.close()


class JsonChunk:
    """The records of a block of lines. Where each is, is found out when one is asked for."""

    __slots__ = ("_offset", "_places", "_text", "records", "rejects", "size_bytes")

    def __init__(self, text: bytes, *, offset: int, codec: Codec | None) -> None:
        self.size_bytes = len(text)
        if offset == 0 and text.startswith(_MARK):
            text, offset = text[len(_MARK) :], len(_MARK)
        self._text = text
        self._offset = offset
        self._places: list[tuple[int, int, bytes]] | None = None
        self.rejects: Sequence[Reject] = ()
        self.records: list[Record] = self._lines_alone() if codec is None else self._read(codec)

    def _lines_alone(self) -> list[bytes]:
        return [line for line in self._text.split(b"\n") if line.strip()]

    def _read(self, codec: Codec) -> list[dict[str, Any]]:
        records = codec.decode(self._text) if self._text else []
        if records is None or not {dict}.issuperset(map(type, records)):
            return self._read_one_by_one()
        return records

    def place(self, number: int) -> tuple[int, int, bytes]:
        """The record's index, offset, and line."""
        if self._places is None:
            self._places = [(index, offset, line) for index, (offset, line) in enumerate(self._filled_lines())]
        return self._places[number]

    def _filled_lines(self) -> Iterator[tuple[int, bytes]]:
        offset = self._offset
        for line in self._text.split(b"\n"):
            stripped = line.strip()
            if stripped:
                yield offset, stripped
            offset += len(line) + 1

    def _read_one_by_one(self) -> list[dict[str, Any]]:
        records, self._places, rejects = [], [], []
        for index, (offset, line) in enumerate(self._filled_lines()):
            try:
                records.append(_object_of(line))
                self._places.append((index, offset, line))
            except (ValueError, TypeError, RecursionError) as error:
                rejects.append(Reject(Fault(error), index=index, offset=offset, raw=line))
        self.rejects = rejects
        return records


def _object_of(line: bytes) -> dict[str, Any]:
    value = decode_line(line)
    if not isinstance(value, dict):
        raise TypeError(f"a record is an object; this is {_JSON_NAMES.get(type(value), 'null')}")
    return value
