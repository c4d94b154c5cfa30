"""HTTP by aiohttp, for functions that have it loaded already."""

from __future__ import annotations

from headstart_kit.fan_out.capped_bytes import CHUNK_BYTES
from headstart_kit.fan_out.http_exchange import HttpAnswer, unreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from headstart_kit.fan_out.http_exchange import HttpRequest, Lookup

    T = TypeVar("T")


class AiohttpSession:
    """A session without cookies, which connects to the addresses that ``lookup`` gives."""

    __slots__ = ("_session",)

    def __init__(self, lookup: Lookup) -> None:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Resolver(lookup)),  # type: ignore[arg-type]
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(),
        )

    async def exchange(self, request: HttpRequest, receive: Callable[[HttpAnswer], Awaitable[T]]) -> T:
        """Send the request, and return what ``receive`` makes of the answer."""
        import aiohttp
        import yarl

        url = yarl.URL(request.target.url, encoded=True)
        sent = self._session.request(
            request.method, url, headers=request.headers, data=request.body, allow_redirects=False
        )
        try:
            async with sent as response:
                chunks = response.content.iter_chunked(CHUNK_BYTES)
                return await receive(HttpAnswer(response.status, response.headers.items(), chunks=chunks))
        except aiohttp.ClientError as error:
            raise unreachable(request.target, error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


class _Resolver:
    """A resolver as aiohttp asks one, when it connects: it connects to no other addresses than these."""

    __slots__ = ("_lookup",)

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def resolve(self, host: str, port: int, *, family: int = 0) -> list[dict[str, Any]]:
        import socket

        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for address in await self._lookup(host, port)
        ]

    async def close(self) -> None:
        return
