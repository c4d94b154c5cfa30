"""A client of Redis or Valkey for what a cache needs, and no more: it loads in a few ms."""

from __future__ import annotations

import re
import threading

from headstart_kit import clock, deadline
from headstart_kit.errors import ResourceError, SettingError
from headstart_kit.redis_connection import BULK, INTEGER, TEXT, UNREACHABLE, Connection, Place, trust
from headstart_kit.redis_settings import LONG_IDLE_S, TIMEOUT_S, read_address
from headstart_kit.resources import Resource, resource
from headstart_kit.settings import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from headstart_kit.resources import Eager

_PORT = 6379
_URL = (
    r"redis(?P<tls>s?)://((?P<username>[^:/?#]*)(:(?P<password>[^/?#]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@]+)(:(?P<port>[0-9]{1,5}))?(/(?P<db>[0-9]{1,5})?)?"
)


def redis_cache(
    url: str | None = None, *, prefix: str = "REDIS_", timeout_s: float = TIMEOUT_S, eager: Eager = "auto"
) -> Resource[RedisCache]:
    """Declare the Redis or Valkey in which this function keeps values by name; call the result for the client::

        cache = redis_cache()


        @read_through(cache, ttl_s=300)
        def product(product_id: str) -> dict: ...

    It is there because redis-py takes 100 to 190 ms to load, which every cold start would pay for three commands.
    ``redis()`` is for whoever wants the library's others. Both read where Redis is from the same variables, in init; a
    URL here is redis:// or rediss://, and has no options. ``eager`` makes the client here, as in ``resource``, with
    what TLS needs; it connects with its first command.

    To connect, to wait for other threads, and to wait for an answer each take ``timeout_s`` seconds at most, and no
    longer than the deadline allows; only to look up the host's name takes what the system takes.

    Raises:
        SettingError: the URL or a variable is missing or wrong.
    """
    address = read_address(url, prefix=prefix)
    place = Place(**(_read_url(address.reveal(), prefix=prefix) if isinstance(address, Secret) else address))
    return resource(
        lambda: RedisCache(place, timeout_s=timeout_s), close=RedisCache.close, eager=eager, name="redis_cache"
    )


class RedisCache:
    """Bytes by name in Redis, for `read_through` or by themselves. Threads take turns on one connection.

    One that was closed while idle is replaced unseen. After any failure the next command has a new one. No command is
    sent twice, as the first may have been obeyed.

    Raises, by each of its commands:
        DeadlineError: no time is left to begin.
        ResourceError: Redis cannot be reached, does not answer in time, or refuses.
    """

    __slots__ = ("_connection", "_lock", "_now_s", "_place", "_timeout_s", "_tls", "_used_s")

    def __init__(self, place: Place, *, timeout_s: float = TIMEOUT_S, now_s: Callable[[], float] = clock.now_s) -> None:
        self._place = place
        self._tls = trust() if place.tls else None
        self._timeout_s = timeout_s
        self._now_s = now_s
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._used_s = 0.0

    def get(self, name: str) -> bytes | None:
        """What is kept under the name; None if nothing is."""
        return self._ask(BULK, b"GET", name.encode())

    def set(self, name: str, data: bytes | str, *, px: int) -> None:
        """Keep it for ``px`` ms."""
        as_bytes = data.encode() if isinstance(data, str) else data
        self._ask(TEXT, b"SET", name.encode(), as_bytes, b"PX", b"%d" % px)

    def delete(self, *names: str) -> None:
        """Keep nothing under these names any more."""
        if names:
            self._ask(INTEGER, b"DEL", *(name.encode() for name in names))

    def close(self) -> None:
        """Close the connection, if there is one; a command that waits for its answer fails."""
        # Without the lock, which may be held by what a signal has interrupted to close this.
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self, kind: bytes, *parts: bytes) -> bytes | None:
        if not self._lock.acquire(timeout=self._limit_s()):
            raise ResourceError(f"other threads wait for Redis longer than {self._timeout_s} s")
        try:
            connection = self._live_connection()
            reply = connection.ask(kind, [*parts], ends_s=self._ends_s())
            self._used_s = self._now_s()
            return reply
        except BaseException as error:
            self.close()
            if isinstance(error, UNREACHABLE):
                raise ResourceError(f"Redis cannot be asked to {parts[0].decode()}: {_what(error)}") from error
            raise
        finally:
            self._lock.release()

    def _live_connection(self) -> Connection:
        connection = self._connection
        if connection is not None:
            if self._now_s() - self._used_s <= LONG_IDLE_S and connection.is_quiet():
                return connection
            self.close()
        self._connection = connection = Connection(self._place, tls=self._tls, ends_s=self._ends_s())
        return connection

    def _limit_s(self) -> float:
        return deadline.current().timeout_s(self._timeout_s)

    def _ends_s(self) -> float:
        return clock.ticks_s() + self._limit_s()


def _read_url(url: str, *, prefix: str) -> dict[str, Any]:
    """What the variables would have said."""
    from urllib.parse import unquote

    found = re.fullmatch(_URL, url)
    if found is None:
        raise SettingError(
            f"{prefix}URL is not like redis://user:password@host:port/0, or rediss:// with TLS; "
            "only redis() takes the path of a socket, or options after a question mark"
        )
    return {
        "host": found["host"].strip("[]"),
        "port": int(found["port"] or _PORT),
        "db": int(found["db"] or 0),
        "username": unquote(found["username"] or "") or None,
        "password": Secret(unquote(found["password"] or "")) if found["password"] else None,
        "tls": bool(found["tls"]),
    }


def _what(error: BaseException) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
