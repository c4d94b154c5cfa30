"""Asks the server itself: passes a request on to it and its response back, and keeps both."""

import asyncio
from contextlib import suppress

from headstart.optimize.proof.messages import Head
from headstart.optimize.proof.recording import Exchange, request
from headstart.optimize.proof.sockets import Ends


async def exchange(head: Head, client: Ends, *, server: Ends, to: str) -> Exchange:
    """Ask ``server``, which is called ``to``, what ``client`` asks by ``head`` and what follows it."""
    server.writer.write(head.raw)
    body: list[bytes] = []
    sending = asyncio.ensure_future(_send(head, client, server=server, body=body))
    try:
        answer = await server.incoming.head()
        interim = b""
        while answer is not None and answer.is_interim:
            interim += answer.raw
            await _write(client, answer.raw)
            answer = await server.incoming.head()
        is_late = client.incoming.has_ended
        response, is_whole = await _pass_back(answer, client, server=server, method=head.words[0])
    finally:
        is_early = not sending.done()
        sending.cancel()
    return Exchange(
        request=request(head, b"".join(body), to=to),
        interim=interim,
        response=response,
        is_early=is_early,
        is_late=is_late,
        closes=not is_whole or is_early or answer is None or answer.ends_connection or server.incoming.ended,
        switches=answer is not None and answer.switches(head.words[0]),
    )


async def _send(head: Head, client: Ends, *, server: Ends, body: list[bytes]) -> None:
    with suppress(OSError):
        async for piece in client.incoming.body(head):
            body.append(piece)
            await _write(server, piece)


async def _pass_back(answer: Head | None, client: Ends, *, server: Ends, method: str) -> tuple[bytes, bool]:
    """The response, and whether it came to its end: a client that hangs up hears no more of it."""
    response = bytearray()
    with suppress(OSError):
        async for piece in server.incoming.response(answer, method=method):
            response += piece
            await _write(client, piece)
        return bytes(response), True
    return bytes(response), False


async def _write(ends: Ends, data: bytes) -> None:
    ends.writer.write(data)
    await ends.writer.drain()
