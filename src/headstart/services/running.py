"""Starts several services and stops them again."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from headstart.errors import InvalidValueError, ServiceError
from headstart.services import aws_endpoint, folder, postgresql, redis_server
from headstart.services.program import LOOPBACK, Place
from headstart.services.server import Describe, Server, free_port

PROGRAMS: Final[Mapping[str, Describe]] = {
    "postgres": postgresql.program,
    "redis": redis_server.program,
    "aws": aws_endpoint.program,
}
NAMES: Final = tuple(PROGRAMS)
_NO_PORTS: Final[Mapping[str, int]] = {}
_TRIES: Final = 3


class Services:
    """Servers by name: ``services["redis"].kill()``."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self._servers = servers

    def __getitem__(self, name: str) -> Server:
        return self._servers[name]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that clients of all of them need."""
        return {name: value for server in self._servers.values() for name, value in server.environment.items()}


@contextmanager
def running(
    names: Sequence[str],
    *,
    password: str,
    at: Path | None = None,
    ports: Mapping[str, int] = _NO_PORTS,
) -> Iterator[Services]:
    """The services ``names``, all taking connections on loopback; stopped when the context is left.

    ``password`` is what PostgreSQL and Redis ask for. ``at`` is a folder that keeps their data; without one, they have
    a temporary one. ``ports`` are by name; those not given are chosen. When this process is gone, so are they.

    Raises:
        InvalidValueError: a name that is not in ``NAMES``, or a port that is in use.
        ConfigError: a folder that cannot be used.
        ServiceMissingError: one is not installed.
        ServiceError: one does not start.
    """
    for name in names:
        if name not in PROGRAMS:
            raise InvalidValueError("service", name, allowed=", ".join(NAMES), hint=f"headstart services {NAMES[0]}")
    for name, port in ports.items():
        _require_free(name, port)
    with folder.used(at) if at else folder.made() as (root, lock_fd):
        servers: dict[str, Server] = {}

        def start(name: str) -> None:
            for tries_left in reversed(range(_TRIES)):
                place = Place(folder=root / name, port=ports.get(name) or free_port(), password=password)
                servers[name] = Server(
                    name, PROGRAMS[name], place=place, lock_fd=lock_fd, owned_folder=None if at else root
                )
                try:
                    return servers[name].start()
                except ServiceError:
                    if name in ports or not tries_left:
                        raise
                    # else the port may have been taken in the meantime

        try:
            with ThreadPoolExecutor(len(PROGRAMS)) as threads:
                list(threads.map(start, dict.fromkeys(names)))
            yield Services({name: servers[name] for name in dict.fromkeys(names)})
        finally:
            with ThreadPoolExecutor(len(PROGRAMS)) as threads:
                list(threads.map(Server.stop, servers.values()))


def _require_free(name: str, port: int) -> None:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidValueError(
            f"port of {name}",
            port,
            allowed=f"a free port, 1024 … 65535 ({reason})",
            hint=f"--port {name}={free_port()}",
        ) from error
