"""A guest's end of the playback, and servers behind it that count what they are asked."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from headstart.model.invocation import Event
from headstart.model.proof import Sent
from headstart.optimize.proof.playback import Playback

EVENT = Event(b"1")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class NoServices:
    """A function that needs none."""

    addresses = frozenset({"127.0.0.1:1"})
    native_clients = frozenset[str]()

    def take(self) -> tuple[Sent, ...]:
        return ()


class Guest:
    """Connects to one server by the playback; ``calls`` counts what really came to the server."""

    def __init__(self, playback: Playback, port: int, calls: list[bytes]) -> None:
        self.playback, self.port, self.calls = playback, port, calls
        self.name = self.asked_as = "api.test"
        self.trusting = ssl.create_default_context()

    def begin(self, *, may_record: bool = False, event: Event = EVENT) -> None:
        self.playback.recording.begin_pass(may_record=may_record)
        self.playback.recording.begin_event(event, fresh=True)

    async def ask(self, question: dict[str, Any], *, password: str = "secret") -> tuple[dict[str, Any], Streams]:
        (place,) = self.playback.variables.values()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(place.removesuffix(":secret")))
        body = json.dumps({"password": password, "question": question}).encode()
        writer.write(len(body).to_bytes(4, "big") + body)
        size_bytes = int.from_bytes(await reader.readexactly(4), "big")
        return json.loads(await reader.readexactly(size_bytes)), (reader, writer)

    async def connect(self, *, by_tls: bool = False) -> Streams:
        server = {"to": f"{self.name}:{self.port}", "host": "127.0.0.1", "port": self.port}
        answer, (reader, writer) = await self.ask({"ask": "connect", "server": server})
        if answer["error"]:
            raise OSError(answer["error"], "connecting")
        if by_tls:
            await writer.start_tls(self.trusting, server_hostname=self.asked_as)
        return reader, writer

    async def said(self, sent: bytes, *, by_tls: bool = False) -> bytes:
        """All that comes back for ``sent``, to the end of the connection."""
        reader, writer = await self.connect(by_tls=by_tls)
        writer.write(sent)
        async with asyncio.timeout(20):
            found = await reader.read()
        writer.close()
        return found

    async def trust_proof(self, **trust: Any) -> None:
        begun, _ = await self.ask({"ask": "begin"})
        self.trusting.load_verify_locations(cadata=begun["certificate"])
        await self.ask({"ask": "trust", "name": self.name, "trust": trust})


@asynccontextmanager
async def playing(answering: Answering, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Guest]:
    """A guest whose server does ``answering`` with each connection."""
    calls: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(b"connection")
        with suppress(asyncio.IncompleteReadError):
            await answering(reader, writer)
        writer.close()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server,
        Playback(NoServices(), password="secret") as playback,
    ):
        guest = Guest(playback, server.sockets[0].getsockname()[1], calls)
        guest.begin(may_record=True)
        yield guest


def response(body: str, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def post(path: str, *headers: str, body: str = "") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: api.test", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def last(path: str, *headers: str, body: str = "") -> bytes:
    """A request after which the connection is closed."""
    return post(path, "Connection: close", *headers, body=body)


def counting() -> Answering:
    """Answers each request with how many there were."""
    count = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        while head := await reader.readuntil(b"\r\n\r\n"):
            count += 1
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            writer.write(response(f"{count} {head.split()[1].decode()} {body.decode()}"))

    return answer


def bodies(said: bytes) -> list[bytes]:
    return [part.split(b"\r\n\r\n")[1] for part in said.split(b"HTTP/1.1 200 OK")[1:]]
