"""HTTP by httpcore, the part of httpx that keeps connections: half the import, and it can be told the address."""

from __future__ import annotations

from headstart_kit.fan_out.http_exchange import HttpAnswer, unreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any, TypeVar

    import httpcore

    from headstart_kit.fan_out.http_exchange import HttpRequest, Lookup

    T = TypeVar("T")

_CONNECTIONS_MAX = 100
# A connection that the server has closed is noticed before it is used again.
_KEPT_S = 300.0
# For an address while there are others to try.
_CONNECT_S = 1.0


class HttpcoreSession:
    """A pool of connections to the addresses that ``lookup`` gives."""

    __slots__ = ("_pool",)

    def __init__(self, lookup: Lookup) -> None:
        import httpcore

        self._pool = httpcore.AsyncConnectionPool(
            max_connections=_CONNECTIONS_MAX,
            keepalive_expiry=_KEPT_S,
            network_backend=_Network(lookup),  # type: ignore[arg-type]
        )

    async def exchange(self, request: HttpRequest, receive: Callable[[HttpAnswer], Awaitable[T]]) -> T:
        """Send the request, and return what ``receive`` makes of the answer."""
        import httpcore

        target = request.target
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        headers = [("host", target.authority), *request.headers.items()]
        sent = self._pool.stream(request.method, url, headers=headers, content=request.body)
        try:
            async with sent as response:
                received = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers]
                return await receive(HttpAnswer(response.status, received, chunks=response.aiter_stream()))
        except httpcore.LocalProtocolError as error:
            raise ValueError(f"the request cannot be sent: {error}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise unreachable(target, error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


class _Network:
    """A network as httpcore asks it for a connection."""

    __slots__ = ("_inner", "_lookup")

    def __init__(self, lookup: Lookup) -> None:
        import httpcore

        self._lookup = lookup
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        *,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        import httpcore

        *others, last = await self._lookup(host, port)
        for address in others:
            try:
                return await self._inner.connect_tcp(address, port, timeout=_CONNECT_S)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(last, port)
