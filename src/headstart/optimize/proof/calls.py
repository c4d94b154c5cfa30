"""Reads the calls out of the bytes that were sent: HTTP requests, Redis commands, SQL statements, or just bytes."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from headstart.model.proof import Sent
from headstart.optimize.proof.messages import begins_request

_REDIS: Final = re.compile(rb"\*\d+\r\n")
# https://www.postgresql.org/docs/current/protocol-message-formats.html (2026-11-25): what a client sends.
_WITH_NAMES: Final = {b"C": "close", b"D": "describe"}
_UNTOLD: Final = frozenset(b"pSHXEdcf")
_SECRET_COMMANDS: Final = frozenset({"AUTH", "HELLO"})


class Call(msgspec.Struct, frozen=True):
    """One call: what is asked for, its ``headers`` by name, and its ``body``; of SQL that is the parameters."""

    kind: str
    to: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


Taken = tuple[Call, int] | None
"""A call, with the bytes that it takes; None while it is not all there."""


class Reader:
    """Reads calls as bytes arrive; what is begun in one invocation may end in the next."""

    def __init__(self) -> None:
        self._waiting: dict[str, bytes] = {}
        self._started: set[str] = set()
        self._unknown: set[str] = set()

    def read(self, sent: Iterable[Sent]) -> list[Call]:
        """The calls in order of their ends, and then what is no call of a known kind, by connection."""
        calls: list[Call] = []
        touched: dict[str, str] = {}
        for part in sent:
            if not part.data:
                calls.append(Call("connection", part.to, f"connects to {part.to}"))
                self._waiting.pop(part.connection, None)
                continue
            touched[part.connection] = part.to
            self._waiting[part.connection] = self._waiting.get(part.connection, b"") + part.data
            calls += self._complete(part.connection, part.to)
        for connection, to in touched.items():
            rest = self._waiting.get(connection, b"")
            if rest and (connection in self._unknown or _kind(rest, to) is None):
                calls.append(Call("bytes", to, f"sends {len(rest)} bytes to {to}", body=self._waiting.pop(connection)))
        return calls

    def _complete(self, connection: str, to: str) -> Iterator[Call]:
        while (data := self._waiting.get(connection, b"")) and connection not in self._unknown:
            try:
                taken = self._first(connection, data, to=to)
            except (ValueError, IndexError):  # it only began like a call
                self._unknown.add(connection)
                return
            if taken is None:
                return
            call, taken_bytes = taken
            self._waiting[connection] = data[taken_bytes:]
            if call.kind:
                yield call

    def _first(self, connection: str, data: bytes, *, to: str) -> Taken:
        """The call that ``data`` begins with.

        Raises:
            ValueError, IndexError: it is none.
        """
        if to == "postgres":
            return self._sql(connection, data)
        take = _kind(data, to)
        return take(data, to) if take else None

    def _sql(self, connection: str, data: bytes) -> Taken:
        if connection not in self._started:
            if len(data) < 8 or len(data) < (size_bytes := _size_bytes(data[:4])):
                return None
            if data[4:6] == b"\x00\x03":
                self._started.add(connection)
            return _NOTHING, size_bytes
        if len(data) < 5 or len(data) < 1 + (size_bytes := _size_bytes(data[1:5])):
            return None
        return _statement(data[:1], data[5 : 1 + size_bytes]), 1 + size_bytes


_NOTHING: Final = Call("", "", "")


def _size_bytes(field: bytes) -> int:
    """The size of a message, its own four bytes included."""
    size_bytes = int.from_bytes(field, "big")
    if size_bytes < len(field):
        raise ValueError(size_bytes)
    return size_bytes


def _statement(kind: bytes, body: bytes) -> Call:
    if kind[0] in _UNTOLD:
        return _NOTHING
    if kind == b"Q":
        return Call("sql", "postgres", body.rstrip(b"\0").decode("utf-8", "replace"))
    if kind == b"P":
        name, text, _ = body.split(b"\0", 2)
        return Call("sql", "postgres", f"prepare {text.decode('utf-8', 'replace')}", (("name", name.decode()),))
    if kind == b"B":
        _, name, parameters = body.split(b"\0", 2)
        return Call("sql", "postgres", "execute", (("name", name.decode()),), parameters)
    return Call("sql", "postgres", _WITH_NAMES.get(kind, kind.decode("latin-1")), body=body)


def _kind(data: bytes, to: str) -> Callable[[bytes, str], Taken] | None:
    """How to read what begins so; None when it is of no known kind."""
    if to == "postgres":
        return lambda *_: None
    if begins_request(data):
        return _http
    return _redis if _REDIS.match(data) or re.fullmatch(rb"\*\d*\r?", data) else None


def _http(data: bytes, to: str) -> Taken:
    head, separator, _ = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    said = dict(headers)
    start = len(head) + 4
    if "chunked" in said.get("transfer-encoding", ""):
        end = _end_of_chunks(data, start)
    else:
        length = said.get("content-length", "0")
        end = start + (int(length) if length.isdecimal() else 0)
    if end is None or len(data) < end:
        return None
    return Call("http", to, f"{first.removesuffix(' HTTP/1.1')} at {to}", headers, data[start:end]), end


def _end_of_chunks(data: bytes, at: int) -> int | None:
    while (line_end := data.find(b"\r\n", at)) >= 0:
        chunk_bytes = int(data[at:line_end].partition(b";")[0], 16)
        at = line_end + 2 + chunk_bytes + 2
        if chunk_bytes == 0:
            return _end_of_trailers(data, line_end + 2)
    return None


def _end_of_trailers(data: bytes, at: int) -> int | None:
    if data[at : at + 2] == b"\r\n":
        return at + 2
    end = data.find(b"\r\n\r\n", at)
    return end + 4 if end >= 0 else None


def _redis(data: bytes, to: str) -> Taken:
    count_end = data.find(b"\r\n")
    if count_end < 0:
        return None
    words, at = [], count_end + 2
    for _ in range(int(data[1:count_end])):
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        word_end = line_end + 2 + _count(data[at + 1 : line_end])
        if len(data) < word_end + 2:
            return None
        words.append(data[line_end + 2 : word_end].decode("utf-8", "backslashreplace"))
        at = word_end + 2
    if words and words[0].upper() in _SECRET_COMMANDS:
        words[1:] = ["…"]
    return Call("redis", to, " ".join(map(_quoted, words))), at


def _count(digits: bytes) -> int:
    if not digits.isdigit():
        raise ValueError(digits)
    return int(digits)


def _quoted(word: str) -> str:
    return repr(word) if not word or any(c.isspace() for c in word) else word
