"""What comes out of a sandbox's log pipe, cut into log events.

The runtime's stdout, stderr and telemetry descriptor are one pipe, so their order is kept. Plain output is cut at line
ends; a frame of the telemetry protocol (``awslambdaric.bootstrap.FramedTelemetryLogSink``) is one event with its line
ends inside. Two frame types are our own guest's: the end of runtime boot, and a probe's record.
"""

import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from headstart.model import limits
from headstart.model.invocation import LogLine

_MAGIC = re.compile(rb"\xa5\x5a[\x00\xff][\x00-\x1f]")
_FRAME_HEADER_BYTES = 16
_BOOTED = b"\xa5\x5a\xff\x00"
_PROBED = b"\xa5\x5a\xff\x01"
# What a function prints may look like a frame by chance; a real one bears a time of this age, even where a function
# has set its own clock back for a test.
_NEAR_S = 20 * 365 * 86_400
# Of one invocation's log at most this much is kept: its beginning, and its end.
_KEPT_BYTES = 4 * 1024 * 1024
_TAIL_BYTES = 512 * 1024
_RECORD_BYTES_MAX = 64 * 1024 * 1024


class LogStream:
    """Collects log events until they are taken."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._buffer = b""
        self._lines: list[LogLine] = []
        self._tail: deque[LogLine] = deque()
        self._tail_bytes = 0
        self._kept_bytes = 0
        self.booted_ns: int | None = None
        self.probe_record: dict[str, Any] | None = None
        self._dropped_lines = 0

    def begin(self) -> None:
        """A new runtime writes from here on; what the one before it left unsaid will not come."""
        self.booted_ns = None
        self._cut()

    def feed(self, data: bytes) -> None:
        """Take what was read from the pipe."""
        self._buffer = self._consume(self._buffer + data if self._buffer else data)

    def platform(self, text: str) -> None:
        """Add a line of the platform's own, after what the function wrote before it."""
        self._flush()
        line = LogLine(self._now_s(), text, "platform")
        if self._tail:
            self._tail.append(line)
            self._tail_bytes += len(text) + 1
        else:
            self._lines.append(line)

    def take_dropped(self) -> int:
        """How many lines were dropped since the last call."""
        dropped, self._dropped_lines = self._dropped_lines, 0
        return dropped

    def take(self) -> tuple[LogLine, ...]:
        """The events since the last call, oldest first."""
        self._flush()
        lines = (*self._lines, *self._tail)
        self._lines, self._tail = [], deque()
        self._kept_bytes = self._tail_bytes = 0
        return lines

    def _flush(self) -> None:
        """End what has no end yet, but for a probe's record: that comes after the answer."""
        size_bytes = int.from_bytes(self._buffer[4:8], "big")
        is_record = self.probe_record is not None and self._buffer.startswith(_PROBED)
        if not is_record or size_bytes > _RECORD_BYTES_MAX:
            self._cut()

    def _cut(self) -> None:
        """End the line, or the frame, of which the end has not come: its writer may be gone."""
        rest, self._buffer = self._buffer, b""
        if len(rest) >= _FRAME_HEADER_BYTES and self._find_frame(rest, 0) == 0:
            rest = rest[_FRAME_HEADER_BYTES:]
        if rest:
            self._add(rest)

    def _consume(self, data: bytes) -> bytes:
        at = 0
        while at < len(data):
            frame_at = self._find_frame(data, at)
            text_end = len(data) if frame_at is None else frame_at
            at = self._plain(data, at, end=text_end, complete=frame_at is not None)
            if frame_at is None:
                return data[at:]
            end = self._frame(data, frame_at)
            if end is None:
                return data[frame_at:]
            at = end
        return b""

    def _find_frame(self, data: bytes, at: int) -> int | None:
        """Where the first frame begins, as far as can be told of a header that is not all there."""
        for found in _MAGIC.finditer(data, at):
            header = data[found.start() : found.start() + _FRAME_HEADER_BYTES]
            if header[:4] in (_BOOTED, _PROBED) or len(header) < _FRAME_HEADER_BYTES:
                return found.start()
            if abs(int.from_bytes(header[8:], "big") / 1e6 - self._now_s()) < _NEAR_S:
                return found.start()
        return None

    def _plain(self, data: bytes, at: int, *, end: int, complete: bool) -> int:
        """Cut ``data[at:end]`` at its line ends; where what remains begins."""
        *lines, rest = data[at:end].split(b"\n")
        for line in lines:
            self._add(line)
        if complete and rest:
            self._add(rest)
        if complete:
            return end
        full_bytes = len(rest) - len(rest) % limits.LOG_LINE_BYTES_MAX
        if full_bytes:
            self._add(rest[:full_bytes])
        return end - len(rest) + full_bytes

    def _frame(self, data: bytes, at: int) -> int | None:
        """Take the frame that begins at ``at``; where it ends, or None when it is not all there."""
        header = data[at : at + _FRAME_HEADER_BYTES]
        if len(header) < _FRAME_HEADER_BYTES:
            return None
        end = at + _FRAME_HEADER_BYTES + int.from_bytes(header[4:8], "big")
        if len(data) < end:
            return None
        body = data[at + _FRAME_HEADER_BYTES : end]
        kind, time_us = header[:4], int.from_bytes(header[8:], "big")
        if kind == _BOOTED:
            self.booted_ns = time_us * 1000
        elif kind == _PROBED:
            with suppress(msgspec.DecodeError):  # what a function wrote there itself is no record
                self.probe_record = msgspec.json.decode(body, type=dict[str, Any])
        else:
            self._add(body.removesuffix(b"\n"), time_us / 1e6)
        return end

    def _add(self, line: bytes, time_s: float | None = None) -> None:
        when = self._now_s() if time_s is None else time_s
        for start in range(0, max(len(line), 1), limits.LOG_LINE_BYTES_MAX):
            text = line[start : start + limits.LOG_LINE_BYTES_MAX].decode("utf-8", "replace")
            self._keep(LogLine(when, text))

    def _keep(self, line: LogLine) -> None:
        line_bytes = len(line.text) + 1
        self._kept_bytes += line_bytes
        if self._kept_bytes <= _KEPT_BYTES:
            self._lines.append(line)
            return
        self._tail.append(line)
        self._tail_bytes += line_bytes
        while self._tail_bytes > _TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft().text) + 1
            self._dropped_lines += 1


def tail(lines: tuple[LogLine, ...]) -> bytes:
    """The last 4 KB of a log, as ``X-Amz-Log-Result`` has it (before base64)."""
    return "".join(f"{line.text}\n" for line in lines).encode()[-limits.LOG_TAIL_BYTES :]
