"""One connection of a function to a server of others: what it asks is recorded, played back, or passed through."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from headstart.optimize.proof.certificates import Certificates
from headstart.optimize.proof.exchange import exchange
from headstart.optimize.proof.messages import Head
from headstart.optimize.proof.recording import Exchange, Recording, Request, request
from headstart.optimize.proof.relay import pass_on
from headstart.optimize.proof.sockets import Ends, accepted, connected, first_readable

# A client that is silent for so long waits for the server to speak first.
_SILENCE_S: Final = 1.0
_TLS_RECORD: Final = b"\x16"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Server(msgspec.Struct, frozen=True):
    """Where a function connects to: ``to`` as the proof says it, and the address."""

    to: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """``to`` without the port."""
        return self.to.rpartition(":")[0]


class PlayedConnection:
    """One connection to ``server``; ``doubt`` is told in a sentence what could not be done as it should be."""

    def __init__(
        self, server: Server, recording: Recording, *, certificates: Certificates, doubt: Callable[[str], None]
    ) -> None:
        self._to = server
        self._recording = recording
        self._certificates = certificates
        self._doubt = doubt
        self._name = server.name
        self._encrypts = False
        self._protocol: str | None = None
        self._raw: socket.socket | None = None
        self._server: Ends | None = None

    async def open(self, client: socket.socket) -> int:
        """Connect, where the server is really to be asked: 0, or the number of the error that the client gets."""
        place, records = self._recording.place, self._recording.records
        if not records and self._to.to not in self._recording.speaks_first:
            return self._recording.connection(self._to.to)
        connecting = asyncio.ensure_future(self._connect())
        giving_up = asyncio.ensure_future(first_readable(client))
        try:
            await asyncio.wait((connecting, giving_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            error = connecting.result() if connecting.done() else errno.ETIMEDOUT
            giving_up.cancel()
            connecting.cancel()
            await asyncio.gather(giving_up, connecting, return_exceptions=True)
        if records:
            self._recording.keep_connection(place, self._to.to, error=error)
        return error

    async def serve(self, client: socket.socket) -> None:
        """Until either end is done."""
        first = await self._first_byte(client)
        if first is None:
            return
        self._encrypts = first == _TLS_RECORD
        try:
            ends = await accepted(client, self._for_function() if self._encrypts else None)
        except (OSError, ValueError) as error:
            self._doubt(f"{self._to.to}: the function accepts no certificate of Headstart's ({error})")
            return
        if tls := ends.writer.get_extra_info("ssl_object"):
            self._protocol = tls.selected_alpn_protocol()
        try:
            await self._converse(ends, is_silent=not first)
        finally:
            ends.writer.close()

    def close(self) -> None:
        """Leave the server."""
        if self._server is not None:
            self._server.writer.close()
        elif self._raw is not None:
            self._raw.close()
        self._server = self._raw = None

    async def _connect(self) -> int:
        end = socket.socket(socket.AF_INET6 if ":" in self._to.host else socket.AF_INET, socket.SOCK_STREAM)
        end.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(end, (self._to.host, self._to.port))
        except OSError as error:
            end.close()
            return error.errno or errno.ECONNREFUSED
        except BaseException:
            end.close()
            raise
        self._raw = end
        return 0

    async def _first_byte(self, client: socket.socket) -> bytes | None:
        """The first that the client says; empty when it waits for the server, None when it leaves."""
        server = self._raw
        ends = (client,) if server is None else (client, server)
        is_heard = server is not None or self._to.to in self._recording.answers
        speaker = await first_readable(*ends, within_s=None if is_heard else _SILENCE_S)
        if server is not None and speaker is server:
            if server.recv(1, socket.MSG_PEEK):
                return b""
            if await first_readable(client, within_s=_SILENCE_S) is None:
                return None  # the server has hung up, and the client waits for it
        elif speaker is None:
            return b""
        return client.recv(1, socket.MSG_PEEK) or None

    def _for_function(self) -> ssl.SSLContext:
        def asked(name: str) -> None:
            self._name = name

        return self._certificates.for_function(self._name, asked=asked)

    async def _converse(self, client: Ends, *, is_silent: bool) -> None:
        while not is_silent and (head := await client.incoming.request()):
            answer = self._record if self._recording.records else self._play_back
            if not await answer(head, client):
                return
        if is_silent:
            self._recording.speaks_first.add(self._to.to)
        if is_silent or client.incoming.data:
            await self._pass_through(client)

    async def _record(self, head: Head, client: Ends) -> bool:
        keep = self._recording.keep(request(head, b"", to=self._to.to))
        return await self._ask(head, client, keep=keep)

    async def _ask(self, head: Head, client: Ends, *, keep: Callable[[Exchange], None]) -> bool:
        """Ask the server itself; whether the connection goes on."""
        server = await self._reached()
        if server is None:
            keep(Exchange(request=request(head, b"", to=self._to.to), is_early=True, closes=True))
            return False
        found = await exchange(head, client, server=server, to=self._to.to)
        keep(found)
        if found.switches:
            await self._pass_through(client)
        if found.closes:
            self.close()
        return not (found.switches or found.closes or head.ends_connection)

    async def _play_back(self, head: Head, client: Ends) -> bool:
        """Answer for the server; whether the connection goes on."""
        waits = head.says("expect", "100-continue")
        expected = self._recording.expected(request(head, b"", to=self._to.to)) if waits else None
        if waits:
            client.writer.write(expected.interim if expected else _CONTINUE)
        has_body = expected is None or not expected.is_early
        body = b"".join([piece async for piece in client.incoming.body(head)]) if has_body else b""
        asked = request(head, body, to=self._to.to)
        found = self._recording.find(asked)
        if found is None:
            self._doubt(f"{asked.text} was not asked in the first replay of the old package: answered with status 502")
            client.writer.write(_bad_gateway(asked))
            return False
        if found.switches:
            return await self._ask(head, client, keep=lambda _: None)
        while found.is_late and await client.incoming.more():
            pass  # it waits in vain, as it did
        client.writer.write(found.response if waits else found.interim + found.response)
        await client.writer.drain()
        return not (found.closes or head.ends_connection)

    async def _reached(self) -> Ends | None:
        """The server, connected to again where it has hung up; None when it cannot be had."""
        if self._server is not None and self._server.incoming.has_ended:
            self.close()
        if self._server is not None:
            return self._server
        error = 0 if self._raw is not None else await self._connect()
        raw, self._raw = self._raw, None
        if raw is None:
            self._doubt(f"{self._to.to} could not be connected to once more (error {error})")
            return None
        context = self._certificates.for_server(self._name, protocol=self._protocol) if self._encrypts else None
        try:
            self._server = await connected(raw, context, name=self._name)
        except (OSError, ValueError) as failure:
            self._doubt(f"{self._to.to}: TLS failed between Headstart and the server ({failure})")
        return self._server

    async def _pass_through(self, client: Ends) -> None:
        """From here on nothing is known of what is said, and so nothing of it is played back."""
        self._recording.passed.add(self._to.to)
        server = await self._reached()
        if server is None:
            return
        server.writer.write(client.incoming.data)
        client.writer.write(server.incoming.data)
        with suppress(OSError):
            await asyncio.gather(pass_on(client.reader, server.writer), pass_on(server.reader, client.writer))


def _bad_gateway(asked: Request) -> bytes:
    text = f"headstart: {asked.text} was not asked in the first replay of the old package\n".encode()
    body = b"" if asked.method == "HEAD" else text
    head = f"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\nConnection: close"
    return head.encode() + b"\r\n\r\n" + body
