"""Sockets before it is known what is spoken on them, and what asyncio makes of them afterwards."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

import msgspec

from headstart.optimize.proof.messages import Incoming

_SIZE_BYTES: Final = 4


class Ends(msgspec.Struct, frozen=True):
    """A connection: what comes in, and where to write."""

    incoming: Incoming
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def receive_exactly(end: socket.socket, count_bytes: int) -> bytes:
    """The next bytes, and none after them.

    Raises:
        ConnectionError: there are not as many.
    """
    data = b""
    while len(data) < count_bytes:
        chunk = await asyncio.get_running_loop().sock_recv(end, count_bytes - len(data))
        if not chunk:
            raise ConnectionError("ended early")
        data += chunk
    return data


async def receive_frame(end: socket.socket) -> bytes:
    """What the guest sends (see engine/guest/probe_playback.py).

    Raises:
        ConnectionError: it sends less.
    """
    size_bytes = int.from_bytes(await receive_exactly(end, _SIZE_BYTES), "big")
    return await receive_exactly(end, size_bytes)


async def send_frame(end: socket.socket, body: bytes) -> None:
    """Send ``body`` in such a frame."""
    await asyncio.get_running_loop().sock_sendall(end, len(body).to_bytes(_SIZE_BYTES, "big") + body)


async def first_readable(*ends: socket.socket, within_s: float | None = None) -> socket.socket | None:
    """The first of ``ends`` that something comes in on, be it the end of the connection; None when nothing does."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[socket.socket] = loop.create_future()

    def heard(end: socket.socket) -> Callable[[], None]:
        return lambda: None if found.done() else found.set_result(end)

    for end in ends:
        loop.add_reader(end, heard(end))
    try:
        async with asyncio.timeout(within_s):
            return await found
    except TimeoutError:
        return None
    finally:
        for end in ends:
            loop.remove_reader(end)


async def accepted(end: socket.socket, context: ssl.SSLContext | None) -> Ends:
    """A connection that a client made, with ``context`` by TLS; ``end`` is of no use any more.

    Raises:
        OSError: the client does not agree.
    """
    loop = asyncio.get_running_loop()
    taken = socket.socket(fileno=end.detach())
    taken.setblocking(False)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, taken, ssl=context)
    return Ends(Incoming(reader), reader, asyncio.StreamWriter(transport, protocol, reader, loop))


async def connected(end: socket.socket, context: ssl.SSLContext | None, *, name: str) -> Ends:
    """A connection made to a server, with ``context`` by TLS, where the server is called ``name``.

    Raises:
        OSError: the server does not agree.
    """
    reader, writer = await asyncio.open_connection(sock=end, ssl=context, server_hostname=name if context else None)
    return Ends(Incoming(reader), reader, writer)
