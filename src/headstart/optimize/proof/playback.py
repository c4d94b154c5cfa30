"""Stands before servers that Headstart did not start: asks them once, and answers for them from then on."""

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec

from headstart.model.proof import SeenServices
from headstart.optimize.proof.certificates import Certificates, Trust
from headstart.optimize.proof.played_connection import PlayedConnection, Server
from headstart.optimize.proof.recording import Recording
from headstart.optimize.proof.sockets import receive_frame, send_frame

_LOOPBACK: Final = "127.0.0.1"
# Read by engine/guest/probe_playback.py, which asks what follows.
_PLACE: Final = "_HEADSTART_PLAYBACK"
# What a name is found at that was not looked up when it could be: addresses that are no one's.
# Source: https://www.rfc-editor.org/rfc/rfc5737 (2026-11-25)
_NO_ONES: Final = "192.0.2.{}"
_NO_ONES_COUNT: Final = 254


class Begin(msgspec.Struct, tag="begin", tag_field="ask"):
    """What has to be known from the start."""


class Resolve(msgspec.Struct, tag="resolve", tag_field="ask"):
    """The addresses of a name, asked for as ``socket.getaddrinfo`` is."""

    host: str
    port: str | int | None
    options: tuple[int, int, int, int]


class Trusting(msgspec.Struct, tag="trust", tag_field="ask"):
    """Nothing, but to know whom the function trusts."""

    name: str
    trust: Trust


class Connect(msgspec.Struct, tag="connect", tag_field="ask"):
    """To be led to a server from here on."""

    server: Server


class Asked(msgspec.Struct):
    """A question of whoever knows the password, since everyone on this machine can connect."""

    password: str
    question: Begin | Resolve | Trusting | Connect


class Playback:
    """The servers of others, for one proof, and for functions that know the ``password``. ``services`` are not among
    them.

    Use as an asynchronous context. It is to be told of each pass and each event.
    """

    def __init__(self, services: SeenServices, *, password: str) -> None:
        self.recording = Recording()
        self._services = services
        self._password = password
        self._certificates = Certificates()
        self._addresses: dict[bytes, dict[str, Any]] = {}
        self._trusts: dict[str, set[Trust]] = {}
        self._doubts: dict[str, None] = {}
        self._listener = socket.socket()
        self._tasks: set[asyncio.Future[None]] = set()

    async def __aenter__(self) -> "Playback":
        self._listener.bind((_LOOPBACK, 0))
        self._listener.listen()
        self._listener.setblocking(False)
        self._start(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listener.close()

    @property
    def variables(self) -> dict[str, str]:
        """What leads a function here."""
        return {_PLACE: f"{self._listener.getsockname()[1]}:{self._password}"}

    def take_doubts(self) -> tuple[str, ...]:
        """What could not be done as it should be since this was last asked, in sentences."""
        taken = tuple(self._doubts)
        self._doubts.clear()
        return taken

    @property
    def notes(self) -> tuple[str, ...]:
        """What was played back and what was not, in sentences."""
        played = (
            f"{to} was called in the first replay of the old package alone: its {count} answers were played back"
            for to, count in self.recording.answers.items()
        )
        passed = (
            f"{to} was really called in every replay where it did not speak HTTP/1.1"
            for to in sorted(self.recording.passed)
        )
        return (*played, *passed)

    def _start(self, serving: Coroutine[Any, Any, None]) -> None:
        started = asyncio.ensure_future(serving)
        self._tasks.add(started)
        started.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        while True:
            end, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            self._start(self._serve(end))

    async def _serve(self, end: socket.socket) -> None:
        with suppress(OSError, msgspec.MsgspecError), end:
            end.setblocking(False)
            asked = msgspec.json.decode(await receive_frame(end), type=Asked)
            if asked.password != self._password:
                return
            if isinstance(asked.question, Connect):
                await self._lead(end, asked.question.server)
            else:
                await send_frame(end, msgspec.json.encode(await self._answer(asked.question)))

    async def _answer(self, question: Begin | Resolve | Trusting) -> dict[str, Any]:
        match question:
            case Begin():
                return {"certificate": self._certificates.pem, "direct": sorted(self._services.addresses)}
            case Resolve():
                return await self._resolved(question)
            case Trusting(name=name, trust=trust):
                self._learn(name, trust)
                return {}

    async def _lead(self, end: socket.socket, server: Server) -> None:
        connection = PlayedConnection(server, self.recording, certificates=self._certificates, doubt=self._doubt)
        try:
            error = await connection.open(end)
            await send_frame(end, msgspec.json.encode({"error": error}))
            if not error:
                await connection.serve(end)
        finally:
            connection.close()

    async def _resolved(self, question: Resolve) -> dict[str, Any]:
        """The addresses of a name are asked for once, too."""
        key = msgspec.json.encode(question)
        if key not in self._addresses:
            if self.recording.records:
                self._addresses[key] = await _looked_up(question)
            else:
                self._addresses[key] = _no_ones(question, number=len(self._addresses) % _NO_ONES_COUNT + 1)
        return self._addresses[key]

    def _learn(self, name: str, trust: Trust) -> None:
        self._certificates.learn(name, trust)
        known = self._trusts.setdefault(name, set())
        if self.recording.records:
            known.add(trust)
        elif known and trust not in known:
            self._doubt(f"{name} is trusted by other certificates than in the first replay of the old package")

    def _doubt(self, sentence: str) -> None:
        self._doubts[sentence] = None


async def _looked_up(question: Resolve) -> dict[str, Any]:
    family, kind, protocol, flags = question.options
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(
            question.host, question.port, family=family, type=kind, proto=protocol, flags=flags
        )
    except socket.gaierror as error:
        return {"error": error.errno, "text": error.strerror}
    return {"found": found}


def _no_ones(question: Resolve, *, number: int) -> dict[str, Any]:
    family, kind, protocol, _ = question.options
    host, port = _NO_ONES.format(number), question.port if isinstance(question.port, int) else 0
    place = (f"::ffff:{host}", port, 0, 0) if family == socket.AF_INET6 else (host, port)
    return {"found": [(family or socket.AF_INET, kind or socket.SOCK_STREAM, protocol, "", place)]}
