"""Redis or Valkey: one client per execution environment, whose every wait ends before the deadline."""

from __future__ import annotations

import sys

from headstart_kit import clock, deadline
from headstart_kit.errors import ResourceError
from headstart_kit.redis_settings import LONG_IDLE_S, TIMEOUT_S, read_address
from headstart_kit.resources import Resource, resource
from headstart_kit.settings import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from typing import Any

    from headstart_kit.resources import Eager

MAX_CONNECTIONS = 10
_LIBRARIES = ("redis", "valkey")


def redis(
    url: str | None = None,
    *,
    prefix: str = "REDIS_",
    timeout_s: float = TIMEOUT_S,
    eager: Eager = "auto",
    **options: Any,
) -> Resource[Any]:
    """Declare the Redis or Valkey of this function; call the result for the client::

        cache = redis()

        cache().get("user:1")

    Where it is is read here, in init: from ``url``, else ``REDIS_URL``, else ``REDIS_HOST``, ``REDIS_PORT``,
    ``REDIS_DB``, ``REDIS_USERNAME``, ``REDIS_PASSWORD`` and ``REDIS_TLS``; ``prefix`` stands in for ``REDIS_``. The
    library is redis-py or valkey-py, whichever the package has, and ``options`` are its connection pool's
    (``decode_responses=True``, ``max_connections=10``). ``eager`` makes the client here, as in ``resource``.

    To connect, and to wait for an answer, each take ``timeout_s`` seconds at most, and no longer than the deadline
    allows. A connection that was closed while idle is replaced unseen. No command is sent twice, as the first may have
    been obeyed (``retry=`` in ``options`` says otherwise).

    Raises:
        SettingError: a variable is missing or wrong.
    """
    address = read_address(url, prefix=prefix)
    return resource(
        lambda: make_client(address, timeout_s=timeout_s, options=options), close=_close, eager=eager, name="redis"
    )


def make_client(
    address: Secret | dict[str, Any],
    *,
    timeout_s: float = TIMEOUT_S,
    options: Mapping[str, Any] | None = None,
    loaded: Container[str] = sys.modules,
    now_s: Callable[[], float] = clock.now_s,
) -> Any:
    """A client; it connects with its first command.

    Raises:
        ResourceError: there is no library, or it cannot read the URL.
    """
    library = find_library(loaded)
    given = {**_options_of(library, address), **(options or {})}
    connection_class = _in_time(given.pop("connection_class", library.Connection), timeout_s, now_s=now_s)
    pool = library.ConnectionPool(connection_class=connection_class, **{**_usual(library), **given})
    return library.Redis(connection_pool=pool)


def find_library(loaded: Container[str] = sys.modules) -> Any:
    """The library in the package: the one that is loaded already, else redis-py.

    Raises:
        ResourceError: there is none.
    """
    import importlib

    for name in sorted(_LIBRARIES, key=lambda name: name not in loaded):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            pass
    raise ResourceError("no library for Redis: add redis (or valkey) to the package")


def _options_of(library: Any, address: Secret | dict[str, Any]) -> dict[str, Any]:
    if isinstance(address, Secret):
        try:
            return dict(library.connection.parse_url(address.reveal()))
        except ValueError:
            # Without the library's own text, which quotes the part that it does not understand.
            raise ResourceError("the URL of Redis is not like redis://user:password@host:port/0") from None
    options = dict(address)
    password, tls = options.pop("password"), options.pop("tls")
    if tls:
        options["connection_class"] = library.SSLConnection
    return options | {"password": password.reveal() if password else None}


def _usual(library: Any) -> dict[str, Any]:
    """The options that are usual here, as far as this version of the library knows them."""
    import inspect

    known = {
        name
        for function in (library.ConnectionPool, library.connection.AbstractConnection)
        for name in inspect.signature(function).parameters
    }
    options = {
        "max_connections": MAX_CONNECTIONS,
        "socket_keepalive": True,
        "retry": library.retry.Retry(library.backoff.NoBackoff(), 0),
    }
    # To tell the server the library's name, and to hear of AWS's maintenance, costs round trips for each connection.
    if "driver_info" in known:
        options["driver_info"] = None
    elif "lib_name" in known:
        options |= {"lib_name": None, "lib_version": None}
    if "maint_notifications_config" in known:
        options["maint_notifications_config"] = library.maint_notifications.MaintNotificationsConfig(enabled=False)
    return options


def _in_time(connection_class: Any, timeout_s: float, *, now_s: Callable[[], float]) -> Any:
    """The class, with waits that end before the deadline, and a new connection after long idle."""

    def connect(self: Any) -> Any:
        self.socket_connect_timeout = self.socket_timeout = deadline.current().timeout_s(timeout_s)
        self.used_s = now_s()
        return connection_class._connect(self)

    def send_packed_command(self: Any, command: Any, **options: Any) -> None:
        if self._sock is not None:
            if now_s() - self.used_s > LONG_IDLE_S:
                self.disconnect()
            else:
                self._sock.settimeout(deadline.current().timeout_s(timeout_s))
        connection_class.send_packed_command(self, command, **options)
        self.used_s = now_s()

    return type("Connection", (connection_class,), {"_connect": connect, "send_packed_command": send_packed_command})


def _close(client: Any) -> None:
    client.connection_pool.disconnect()
