"""Starts several services and stops them again."""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from headstart.errors import InvalidValueError, ServiceError
from headstart.services import aws_endpoint, data_folder, postgresql, redis_server
from headstart.services.program import LOOPBACK, Place
from headstart.services.server import Describe, Server, free_port

PROGRAMS: Final[Mapping[str, Describe]] = {
    "postgres": postgresql.program,
    "redis": redis_server.program,
    "aws": aws_endpoint.program,
}
NAMES: Final = tuple(PROGRAMS)
_NO_PORTS: Final[Mapping[str, int]] = {}
_TRIES_MORE: Final = 2


class Services:
    """Servers by name: ``services["redis"].kill()``."""

    def __init__(self, servers: Iterable[Server]) -> None:
        self._servers = {server.name: server for server in servers}

    def __getitem__(self, name: str) -> Server:
        return self._servers[name]

    def __iter__(self) -> Iterator[Server]:
        return iter(self._servers.values())

    @property
    def environment(self) -> dict[str, str]:
        """The variables that clients of all of them need."""
        return {name: value for server in self for name, value in server.environment.items()}


def running(
    names: Sequence[str],
    *,
    password: str,
    folder: Path | None = None,
    ports: Mapping[str, int] = _NO_PORTS,
) -> AbstractContextManager[Services]:
    """The services ``names``, all taking connections on loopback; stopped when the context is left.

    ``password`` (letters, digits and -) is what PostgreSQL and Redis ask for. ``folder`` keeps their data, and the
    password that it was made with; without one they have a temporary folder. ``ports`` are by name; those not given
    are chosen. When this process is gone, however it ended, so are they.

    Raises:
        InvalidValueError: a name that is not in ``NAMES``, or a port that is in use.
        ConfigError: a folder that cannot be used.
        ServiceMissingError: one is not installed.
        ServiceError: one does not start.
    """
    for name in names:
        _require_one_of(NAMES, name, what="service")
    for name, port in ports.items():
        _require_one_of(names, name, what="service of a port")
        _require_free(name, port)
    return _running(names, password=password, folder=folder, ports=ports)


@contextmanager
def _running(
    names: Sequence[str], *, password: str, folder: Path | None, ports: Mapping[str, int]
) -> Iterator[Services]:
    with data_folder.kept(folder) if folder else data_folder.temporary() as (root, lock_fd):
        secret = data_folder.password(root, new=password)
        servers: list[Server] = []

        def start(name: str, tries_left: int) -> Server:
            place = Place(folder=root / name, port=ports.get(name) or free_port(), password=secret)
            owned = None if folder else root
            server = Server(name, PROGRAMS[name], place=place, lock_fd=lock_fd, owned_folder=owned)
            servers.append(server)
            try:
                server.start()
            except ServiceError:  # a port that was chosen may have been taken since
                if name in ports or tries_left == 0:
                    raise
                return start(name, tries_left - 1)
            return server

        threads = ThreadPoolExecutor(len(NAMES))
        try:
            starts = [threads.submit(start, name, _TRIES_MORE) for name in dict.fromkeys(names)]
            threads.shutdown()
            yield Services(each.result() for each in starts)
        finally:
            threads.shutdown()  # an interrupt may have come while they were starting
            with ThreadPoolExecutor(len(NAMES)) as stopping:
                list(stopping.map(Server.stop, servers))


def _require_one_of(known: Sequence[str], name: str, *, what: str) -> None:
    if name not in known:
        raise InvalidValueError(what, name, allowed=", ".join(known), hint=f"headstart services {' '.join(known)}")


def _require_free(name: str, port: int) -> None:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        allowed = f"a free port, 1024 … 65535 ({why})"
        raise InvalidValueError(
            f"port of {name}", port, allowed=allowed, hint=f"--port {name}={free_port()}"
        ) from error
