"""Reads HTTP/1 messages off a connection as the bytes that they are, with where each ends."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

import msgspec

_READ_BYTES: Final = 1 << 16
_HEAD_BYTES_MAX: Final = 1 << 20
_REQUEST: Final = re.compile(rb"[A-Z]{3,10} \S+ HTTP/1\.[01]\r\n")
# What more bytes may make a request of.
_BEGINNING: Final = re.compile(rb"[A-Z]{1,10}(?: \S*(?: [HTP/1.01]{0,8}\r?)?)?")
_RESPONSE: Final = re.compile(r"HTTP/1\.[01] \d{3}\b")
_SWITCHING: Final = 101
_BODILESS: Final = frozenset({_SWITCHING, 204, 304})


class Head(msgspec.Struct, frozen=True):
    """The start line and the headers of a message, by their names in small letters."""

    raw: bytes
    start: str
    headers: dict[str, str]

    def says(self, name: str, word: str) -> bool:
        """Whether ``word`` is in the header ``name``."""
        return word in self.headers.get(name, "").lower()

    @property
    def words(self) -> list[str]:
        """Of a request: method, target, version."""
        return self.start.split(" ")

    @property
    def status(self) -> int:
        """Of a response; 0 when it is none."""
        return int(self.words[1]) if _RESPONSE.match(self.start) else 0

    @property
    def is_interim(self) -> bool:
        """Whether it is a response that another follows."""
        return _SWITCHING != self.status in range(100, 200)

    def switches(self, method: str) -> bool:
        """Whether what follows this response to ``method`` is no longer HTTP."""
        return self.status == _SWITCHING or (method == "CONNECT" and self.status in range(200, 300))

    @property
    def ends_connection(self) -> bool:
        """Whether whoever sent it sends no other after it."""
        return self.says("connection", "close") or (
            "HTTP/1.0" in self.start and not self.says("connection", "keep-alive")
        )


def begins_request(data: bytes) -> bool:
    """Whether ``data`` is, or could become with more bytes, the beginning of a request."""
    return bool(_REQUEST.match(data)) or (len(data) < _READ_BYTES and bool(_BEGINNING.fullmatch(data)))


class Incoming:
    """What comes in on a connection. ``data`` has come and was not asked for yet; ``ended``: no more will come."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.data = b""
        self.ended = False

    async def more(self) -> bool:
        """Wait for bytes; False when there are no more."""
        try:
            chunk = await self._reader.read(_READ_BYTES)
        except OSError:  # the other end is gone, in no good order
            chunk = b""
        self.data += chunk
        self.ended = not chunk
        return bool(chunk)

    @property
    def has_ended(self) -> bool:
        """Whether no more will come, known without waiting."""
        return self.ended or self._reader.at_eof()

    async def head(self) -> Head | None:
        """The head that comes next; None when the connection ends before, or sends what is no head."""
        while (end := self.data.find(b"\r\n\r\n")) < 0:
            if len(self.data) > _HEAD_BYTES_MAX or not await self.more():
                return None
        raw, self.data = self.data[: end + 4], self.data[end + 4 :]
        start, *lines = raw[:end].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return Head(raw, start, {name.lower(): value.strip() for name, _, value in pairs})

    async def request(self) -> Head | None:
        """The head of the next request; None when the connection ends, or what comes is no request."""
        while begins_request(self.data) or not self.data:
            if b"\r\n\r\n" in self.data:
                return await self.head()
            if not await self.more():
                return None
        return None

    async def response(self, head: Head | None, *, method: str) -> AsyncIterator[bytes]:
        """``head`` and the bytes from there to the end of the response, as they come. One that says no length takes
        all there is; without a head there is only what came instead."""
        if head is None:
            yield self._taken(len(self.data))
            return
        yield head.raw
        if method == "HEAD" or head.status in _BODILESS or head.switches(method):
            return
        if "content-length" in head.headers or head.says("transfer-encoding", "chunked"):
            async for piece in self.body(head):
                yield piece
            return
        while self.data or await self.more():
            yield self._taken(len(self.data))

    async def body(self, head: Head) -> AsyncIterator[bytes]:
        """The bytes from ``head`` to the end of the message, by the length that it says, as they come."""
        if not head.says("transfer-encoding", "chunked"):
            length = head.headers.get("content-length", "0")
            async for piece in self._exactly(int(length) if length.isdecimal() else 0):
                yield piece
            return
        chunk_bytes = -1
        while chunk_bytes != 0:
            yield (line := await self._line())
            size = line.partition(b";")[0].strip()
            chunk_bytes = int(size, 16) if re.fullmatch(rb"[0-9A-Fa-f]+", size) else 0
            if chunk_bytes:
                async for piece in self._exactly(chunk_bytes + 2):
                    yield piece
        while (line := await self._line()).strip():  # trailers
            yield line
        yield line

    async def _exactly(self, count_bytes: int) -> AsyncIterator[bytes]:
        while count_bytes and (self.data or await self.more()):
            piece = self._taken(count_bytes)
            count_bytes -= len(piece)
            yield piece

    async def _line(self) -> bytes:
        """Up to the end of the line, or what there is."""
        while (end := self.data.find(b"\n")) < 0 and await self.more():
            pass
        return self._taken(end + 1 if end >= 0 else len(self.data))

    def _taken(self, most_bytes: int) -> bytes:
        taken, self.data = self.data[:most_bytes], self.data[most_bytes:]
        return taken
