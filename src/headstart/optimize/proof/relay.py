"""Stands before a server and keeps what clients send to it, on a port that stays the same while servers change."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from headstart.model.proof import Sent

_LOOPBACK: Final = "127.0.0.1"
_READ_BYTES: Final = 1 << 16
_URL_VARIABLES: Final = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "aws": "AWS_ENDPOINT_URL"}
_NATIVE_CLIENTS: Final = {"postgres": ("psycopg2._psycopg", "psycopg_binary._psycopg", "psycopg.pq.pq_ctypes")}


async def pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, heard: Callable[[bytes], None] | None = None
) -> None:
    """Pass on what comes, until the one who sends ends."""
    while data := await reader.read(_READ_BYTES):
        if heard is not None:
            heard(data)
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof() if writer.can_write_eof() else writer.close()


class Relay:
    """The relay of the service ``name``. ``kept`` gets what clients send, in order of arrival."""

    def __init__(self, name: str, kept: list[Sent]) -> None:
        self.name = name
        self.port = 0
        self.server_port = 0
        self._kept = kept
        self._clients = 0
        self._listener: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port of loopback."""
        self._listener = await asyncio.start_server(self._serve, _LOOPBACK, 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Take no more connections."""
        if self._listener is not None:
            self._listener.close()

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._clients += 1
        connection = f"{self.name}-{self._clients}"
        writers = [to_client]
        try:
            from_server, to_server = await asyncio.open_connection(_LOOPBACK, self.server_port)
            writers.append(to_server)
            await asyncio.gather(
                pass_on(
                    from_client, to_server, heard=lambda data: self._kept.append(Sent(connection, self.name, data))
                ),
                pass_on(from_server, to_client),
            )
        except OSError:
            pass  # one of the two is gone; the other is told by the closing
        finally:
            for writer in writers:
                with suppress(OSError):
                    writer.close()


class Relays:
    """A relay for each service of ``names``. Use as an asynchronous context."""

    def __init__(self, names: Iterable[str]) -> None:
        self._kept: list[Sent] = []
        self._relays = [Relay(name, self._kept) for name in names]

    async def __aenter__(self) -> "Relays":
        for relay in self._relays:
            await relay.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for relay in self._relays:
            relay.close()

    def take(self) -> tuple[Sent, ...]:
        """What clients have sent since this was last asked, in order of arrival."""
        taken = tuple(self._kept)
        self._kept.clear()
        return taken

    @property
    def addresses(self) -> frozenset[str]:
        """Where clients find them."""
        return frozenset(f"{host}:{relay.port}" for relay in self._relays for host in (_LOOPBACK, "localhost"))

    @property
    def native_clients(self) -> frozenset[str]:
        """The native modules that are seen at a relay, though not in the function."""
        return frozenset(name for relay in self._relays for name in _NATIVE_CLIENTS.get(relay.name, ()))

    def before(self, variables: Mapping[str, str]) -> dict[str, str]:
        """``variables`` of clients, which then come by the relays; each relay learns where its server is."""
        result = dict(variables)
        for relay in self._relays:
            name = _URL_VARIABLES[relay.name]
            relay.server_port = urlsplit(variables[name]).port or 0
            result[name] = variables[name].replace(f":{relay.server_port}", f":{relay.port}")
            if relay.name == "postgres":
                result["PGPORT"] = str(relay.port)
        return result
