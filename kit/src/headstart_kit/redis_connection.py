"""One connection to Redis or Valkey: commands and their replies in RESP2, each within its time.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (2026-11-25).
"""

from __future__ import annotations

from headstart_kit import clock
from headstart_kit.errors import ResourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl

    from headstart_kit.settings import Secret

TEXT, INTEGER, BULK = b"+", b":", b"$"
# The last two: of a name that is no host's, and of a port that is none.
UNREACHABLE = (OSError, UnicodeError, OverflowError)
_ERROR = b"-"
_END = b"\r\n"
_RECEIVED_BYTES = 65_536
_LINE_BYTES_MAX = 65_536
_BULK_BYTES_MAX = 512 * 1024 * 1024


class Place:
    """Where Redis is, and what it asks of who comes; with ``tls`` it has to prove that it is that host."""

    __slots__ = ("db", "host", "password", "port", "tls", "username")

    def __init__(
        self,
        host: str,
        port: int,
        *,
        db: int = 0,
        username: str | None = None,
        password: Secret | None = None,
        tls: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.db = db
        self.username = username
        self.password = password
        self.tls = tls


class Connection:
    """An open connection. Once a command has failed, there is no telling what comes next: close it."""

    __slots__ = ("_received", "_socket")

    def __init__(self, place: Place, *, tls: ssl.SSLContext | None, ends_s: float) -> None:
        """Connect by ``ends_s`` on the clock that only grows, and log in.

        Raises:
            UNREACHABLE: it cannot be reached in time, or is not who it should be.
            ResourceError: it refuses.
        """
        self._received = bytearray()
        self._socket = _connected(place, ends_s, tls=tls)
        try:
            if place.password:
                names = [place.username.encode()] if place.username else []
                self.ask(TEXT, [b"AUTH", *names, place.password.reveal().encode()], ends_s=ends_s)
            if place.db:
                self.ask(TEXT, [b"SELECT", b"%d" % place.db], ends_s=ends_s)
        except BaseException:
            self.close()
            raise

    def is_quiet(self) -> bool:
        """Whether it is alive, as far as its socket tells: a server says nothing to an idle client but its farewell."""
        import select

        poll = select.poll()
        poll.register(self._socket.fileno(), select.POLLIN)
        return not poll.poll(0)

    def ask(self, kind: bytes, parts: list[bytes], *, ends_s: float) -> bytes | None:
        """Send a command, and read its reply, of this kind; None is that there is nothing.

        Raises:
            OSError: the connection ended, or the time.
            ResourceError: the server refuses, or its reply is none.
        """
        self._socket.settimeout(_left_s(ends_s))
        self._socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(each), each) for each in parts))
        line = self._line(ends_s)
        if line.startswith(_ERROR):
            # Without what it may quote of the command.
            refusal = line[1:].decode("utf-8", "replace").partition(", with args")[0]
            raise ResourceError(f"Redis refuses {parts[0].decode()}: {refusal}")
        if not line.startswith(kind):
            raise _broken()
        reply = self._bulk(line[1:], ends_s) if kind == BULK else line[1:]
        if self._received:
            # It would be taken for the reply to the next command.
            raise _broken()
        return reply

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _line(self, ends_s: float) -> bytes:
        while (end := self._received.find(_END)) < 0:
            if len(self._received) > _LINE_BYTES_MAX:
                raise _broken()
            self._receive(ends_s)
        return self._take(end)

    def _bulk(self, size: bytes, ends_s: float) -> bytes | None:
        if size == b"-1":
            return None
        if not size.isdigit() or len(size) > len(str(_BULK_BYTES_MAX)) or int(size) > _BULK_BYTES_MAX:
            raise _broken()
        while len(self._received) < int(size) + len(_END):
            self._receive(ends_s)
        if self._received[int(size) : int(size) + len(_END)] != _END:
            raise _broken()
        return self._take(int(size))

    def _receive(self, ends_s: float) -> None:
        self._socket.settimeout(_left_s(ends_s))
        data = self._socket.recv(_RECEIVED_BYTES)
        if not data:
            raise ConnectionResetError("Redis closed the connection")
        self._received += data

    def _take(self, size_bytes: int) -> bytes:
        """What comes before the next line end, which goes too."""
        taken = bytes(self._received[:size_bytes])
        del self._received[: size_bytes + len(_END)]
        return taken


def trust() -> ssl.SSLContext:
    """What TLS needs to verify a server: the system's authorities."""
    import ssl

    return ssl.create_default_context()


def _connected(place: Place, ends_s: float, *, tls: ssl.SSLContext | None) -> socket.socket:
    """A socket to the first address of the host that takes it."""
    import socket

    failure: Exception = OSError("the host has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM):
        connecting = socket.socket(family, kind, protocol)
        try:
            connecting.settimeout(_left_s(ends_s))
            connecting.connect(address)
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return tls.wrap_socket(connecting, server_hostname=place.host) if tls else connecting
        except UNREACHABLE as error:
            connecting.close()
            failure = error
    raise failure


def _left_s(ends_s: float) -> float:
    left_s = ends_s - clock.ticks_s()
    if left_s <= 0:
        raise TimeoutError("the time is over")
    return left_s


def _broken() -> ResourceError:
    return ResourceError("what answers is not Redis, or its reply is broken")
