"""Whole lines out of a stream of bytes, in blocks of a wanted size; the one place that bounds the length of a line."""

from __future__ import annotations

from headstart_kit.batches.rejects import HEAD_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headstart_kit.batches.protocols import ByteStream

_NEWLINE = b"\n"
_LEAST_READ_BYTES = 4 * 1024


class LongLine:
    """A line of more than the allowed length: where it begins, how long it is, how it begins."""

    __slots__ = ("head", "offset", "size_bytes")

    def __init__(self, head: bytes, *, offset: int, size_bytes: int) -> None:
        self.head = head
        self.offset = offset
        self.size_bytes = size_bytes


class Lines:
    """The lines of ``stream``, which begins at ``offset`` of its content, up to the one that contains ``end``.

    ``offset`` is where the next line begins. ``long_lines`` has the lines that were passed over because they were
    longer than ``max_line_bytes``; who takes them clears it.
    """

    __slots__ = ("_data", "_end", "_stream", "long_lines", "max_line_bytes", "offset")

    def __init__(self, stream: ByteStream, *, offset: int, max_line_bytes: int, end: int | None = None) -> None:
        self._stream = stream
        self.max_line_bytes = max_line_bytes
        self._end = end
        self._data = b""
        self.offset = offset
        self.long_lines: list[LongLine] = []

    def take(self, size_bytes: int, *, max_lines: int | None = None) -> bytes:
        """The next lines: as many as ``size_bytes`` holds, but at least one. Empty at the end, and after a long line.

        The last line of a stream may lack its newline.
        """
        if self._end is not None and self.offset >= self._end:
            return b""
        first = self._fill(size_bytes)
        if first > self.max_line_bytes:
            self._pass_over()
            return b""
        return self._cut(max(first + 1, self._data.rfind(_NEWLINE, 0, size_bytes) + 1), max_lines)

    def skip_line(self) -> None:
        """Pass over what is left of the line that the stream stands in."""
        self._pass_over()
        self.long_lines.clear()

    def _fill(self, size_bytes: int) -> int:
        """Hold ``size_bytes`` and a whole line, or all that there is; the length of the first line, as far as it must
        be known."""
        pieces, held_bytes = [self._data], len(self._data)
        whole = _NEWLINE in self._data
        while held_bytes < size_bytes or not (whole or held_bytes > self.max_line_bytes):
            piece = self._stream.read(max(size_bytes - held_bytes, _LEAST_READ_BYTES))
            if not piece:
                break
            pieces.append(piece)
            held_bytes += len(piece)
            whole = whole or _NEWLINE in piece
        self._data = b"".join(pieces)
        newline = self._data.find(_NEWLINE)
        return newline if newline >= 0 else len(self._data)

    def _cut(self, cut: int, max_lines: int | None) -> bytes:
        if cut > self.max_line_bytes:
            cut = self._before_long_line(cut)
        if self._end is not None and self.offset + cut > self._end:
            cut = (self._data.find(_NEWLINE, self._end - self.offset - 1) + 1) or cut
        if max_lines is not None and self._data.count(_NEWLINE, 0, cut) > max_lines:
            cut = 0
            for _ in range(max_lines):
                cut = self._data.index(_NEWLINE, cut) + 1
        block, self._data = self._data[:cut], self._data[cut:]
        self.offset += len(block)
        return block

    def _before_long_line(self, cut: int) -> int:
        """Where the first line that is too long begins, and the block has to end; the first line of all is not."""
        start = 0
        for line in self._data[:cut].split(_NEWLINE):
            if len(line) > self.max_line_bytes:
                return start
            start += len(line) + 1
        return cut

    def _pass_over(self) -> None:
        head, size_bytes = self._data[:HEAD_BYTES], 0
        while True:
            newline = self._data.find(_NEWLINE)
            if newline >= 0:
                break
            size_bytes += len(self._data)
            self._data = self._stream.read(self.max_line_bytes)
            head = head or self._data[:HEAD_BYTES]
            if not self._data:
                break
        size_bytes += max(newline, 0)
        self.long_lines.append(LongLine(head, offset=self.offset, size_bytes=size_bytes))
        self.offset += size_bytes + (newline >= 0)
        self._data = self._data[newline + 1 :]
