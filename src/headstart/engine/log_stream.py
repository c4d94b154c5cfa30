"""What comes out of a sandbox's log pipe, cut into log events.

The runtime's stdout, stderr and telemetry descriptor are one pipe, so their order is kept. Plain output is cut at line
ends; a frame of the telemetry protocol (``awslambdaric.bootstrap.FramedTelemetryLogSink``) is one event with its line
ends inside. Two frame types are our own guest's: the end of runtime boot, and a probe's record.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from headstart.model import limits
from headstart.model.invocation import LogLine

_FRAME = re.compile(rb"\xa5\x5a[\x00\xff][\x00-\x1f]")
_FRAME_HEADER_BYTES = 16
_BOOTED = b"\xa5\x5a\xff\x00"
_PROBED = b"\xa5\x5a\xff\x01"
# Of one invocation's log at most this much is kept: its first half, and its end.
_KEPT_BYTES = 4 * 1024 * 1024
_TAIL_LINES = 200


class LogStream:
    """Collects log events until they are taken."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._buffer = b""
        self._lines: list[LogLine] = []
        self._tail: list[LogLine] = []
        self._kept_bytes = 0
        self.booted_ns: int | None = None
        self.probe_record: dict[str, Any] | None = None
        self._dropped_lines = 0

    def feed(self, data: bytes) -> None:
        """Take what was read from the pipe."""
        self._buffer = self._consume(self._buffer + data if self._buffer else data)

    def platform(self, text: str) -> None:
        """Add a line of the platform's own, after what the function wrote before it."""
        self._flush()
        line = LogLine(self._now_s(), text, "platform")
        (self._tail if self._tail else self._lines).append(line)

    def take_dropped(self) -> int:
        """How many lines were dropped since the last call."""
        dropped, self._dropped_lines = self._dropped_lines, 0
        return dropped

    def take(self) -> tuple[LogLine, ...]:
        """The events since the last call, oldest first."""
        self._flush()
        lines = (*self._lines, *self._tail)
        self._lines, self._tail = [], []
        self._kept_bytes = 0
        return lines

    def _flush(self) -> None:
        if self._buffer and not _FRAME.match(self._buffer):
            self._add(self._buffer)
            self._buffer = b""

    def _consume(self, data: bytes) -> bytes:
        at = 0
        while at < len(data):
            frame = _FRAME.search(data, at)
            text_end = frame.start() if frame else len(data)
            at = self._plain(data, at, end=text_end, complete=frame is not None)
            if frame is None:
                return data[at:]
            end = self._frame(data, text_end)
            if end is None:
                return data[text_end:]
            at = end
        return b""

    def _plain(self, data: bytes, at: int, *, end: int, complete: bool) -> int:
        """Cut ``data[at:end]`` at its line ends; where what remains begins."""
        *lines, rest = data[at:end].split(b"\n")
        for line in lines:
            self._add(line)
        if complete and rest:
            self._add(rest)
        if complete:
            return end
        if len(rest) >= limits.LOG_LINE_BYTES_MAX:
            self._add(rest)
            return end
        return end - len(rest)

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
            self.probe_record = msgspec.json.decode(body)
        else:
            self._add(body.removesuffix(b"\n"), time_us / 1e6)
        return end

    def _add(self, line: bytes, time_s: float | None = None) -> None:
        when = self._now_s() if time_s is None else time_s
        for start in range(0, max(len(line), 1), limits.LOG_LINE_BYTES_MAX):
            text = line[start : start + limits.LOG_LINE_BYTES_MAX].decode("utf-8", "replace")
            self._keep(LogLine(when, text))

    def _keep(self, line: LogLine) -> None:
        self._kept_bytes += len(line.text) + 1
        if self._kept_bytes <= _KEPT_BYTES:
            self._lines.append(line)
            return
        self._tail.append(line)
        if len(self._tail) > 2 * _TAIL_LINES:
            self._dropped_lines += len(self._tail) - _TAIL_LINES
            del self._tail[:-_TAIL_LINES]


def tail(lines: tuple[LogLine, ...]) -> bytes:
    """The last 4 KB of a log, as ``X-Amz-Log-Result`` has it (before base64)."""
    return "".join(f"{line.text}\n" for line in lines).encode()[-limits.LOG_TAIL_BYTES :]
