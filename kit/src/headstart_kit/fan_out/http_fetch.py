"""HTTP requests from a function: to named hosts only, within the deadline, over connections that are kept."""

from __future__ import annotations

import json
import sys
from functools import partial

from headstart_kit.deadline import current
from headstart_kit.errors import HttpStatusError, ResourceError
from headstart_kit.fan_out.capped_bytes import CappedBytes
from headstart_kit.fan_out.http_aiohttp import AiohttpSession
from headstart_kit.fan_out.http_exchange import MOVED_STATUSES, HttpRequest, look_up
from headstart_kit.fan_out.http_httpx import HttpcoreSession
from headstart_kit.fan_out.loop_bound import LoopBound
from headstart_kit.fan_out.stopping import ended_within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal

    from headstart_kit.fan_out.allow_list import AllowList
    from headstart_kit.fan_out.http_exchange import HttpAnswer, Lookup, Session

_SESSIONS: dict[str, Callable[[Lookup], Session]] = {"httpx": HttpcoreSession, "aiohttp": AiohttpSession}


class HttpResponse:
    """A response read to its end. ``url`` is where it came from; the names of ``headers`` are in lower case."""

    __slots__ = ("body", "headers", "status", "url")

    def __init__(self, status: int, headers: dict[str, str], *, body: bytes, url: str) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url

    @property
    def size_bytes(self) -> int:
        """The length of the body in bytes."""
        return len(self.body)

    def json(self) -> Any:
        """The body's JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)

    def text(self) -> str:
        """The body as UTF-8, where what is not has a replacement character."""
        return self.body.decode("utf-8", errors="replace")

    def raise_for_status(self) -> HttpResponse:
        """Itself.

        Raises:
            HttpStatusError: its status is 400 or more.
        """
        if self.status >= 400:
            raise HttpStatusError(f"the response has the status {self.status}", status=self.status)
        return self

    def __repr__(self) -> str:
        return f"HttpResponse(status={self.status}, size_bytes={self.size_bytes})"


class HttpClient:
    """Sends requests to the origins that ``allow`` names. Make one for the environment, beside the handler::

        http = HttpClient(AllowList("api.example.com"))

        responses = gather([partial(http.get, url) for url in urls], retries=2)

    Connections are kept for as long as the event loop that opened them; that of ``gather`` lives as long as the
    environment. Cookies and proxies are not used, and redirects lead only to what is allowed too.
    """

    __slots__ = ("_allow", "_max_mb", "_max_redirects", "_sessions", "_timeout_s")

    def __init__(
        self,
        allow: AllowList,
        *,
        timeout_s: float = 10.0,
        max_mb: float = 10.0,
        max_redirects: int = 3,
        library: Literal["httpx", "aiohttp"] | None = None,
        lookup: Lookup = look_up,
    ) -> None:
        """``timeout_s`` seconds, or what the deadline leaves, are for a request and its whole response, whose body has
        ``max_mb`` MB at most. ``library`` is httpx, or aiohttp where that is loaded already, or alone in the package.
        ``lookup`` gives the addresses of a host.

        Raises:
            ValueError: ``library`` is neither, or a number is out of range.
        """
        if library not in {None, *_SESSIONS}:
            raise ValueError(f"library is {library!r}; allowed: {', '.join(_SESSIONS)}, or None")
        if timeout_s <= 0 or max_mb <= 0 or max_redirects < 0:
            raise ValueError(f"{timeout_s} s, {max_mb} MB and {max_redirects} redirects: allowed are > 0, > 0 and >= 0")
        self._allow = allow
        self._timeout_s = timeout_s
        self._max_mb = max_mb
        self._max_redirects = max_redirects
        # Nothing in a session leads back to the client: one that is let go of closes its connections at once.
        checked = _checked(lookup, allow)
        self._sessions = LoopBound(lambda: _open_session(library, checked), close=lambda session: session.close())

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> HttpResponse:
        """The response to a GET request: see ``request``."""
        return await self.request("GET", url, headers=headers, timeout_s=timeout_s)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> HttpResponse:
        """The response to a request, whatever its status; ``timeout_s`` replaces the client's.

        Raises:
            ResourceError: neither library is in the package.
            AddressRefusedError: the URL, or a redirect, leads to where no request may go.
            TooLargeError: the body is above the cap.
            HttpStatusError: it was redirected too often.
            ConnectionError: the server cannot be reached, or does not speak HTTP.
            TimeoutError: the response was not complete in time.
            DeadlineError: no time is left for a request.
            ValueError: a header cannot be sent, or is Host.
        """
        import asyncio

        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        request = HttpRequest(method.upper(), self._allow.check(url), headers=lowered, body=body)
        limit_s = current().timeout_s(timeout_s or self._timeout_s)
        running = asyncio.ensure_future(self._follow(request))
        if not await ended_within(limit_s, running):
            raise TimeoutError(f"{request.target.origin} did not answer completely within {limit_s:.3g} s")
        return running.result()

    async def _follow(self, request: HttpRequest) -> HttpResponse:
        session = await self._sessions()
        redirects_left = self._max_redirects
        while True:
            outcome = await session.exchange(request, partial(self._receive, request, redirects_left=redirects_left))
            if isinstance(outcome, HttpResponse):
                return outcome
            request = outcome
            redirects_left -= 1

    async def _receive(
        self, request: HttpRequest, answer: HttpAnswer, *, redirects_left: int
    ) -> HttpResponse | HttpRequest:
        """The response, or the request to where it redirects."""
        from urllib.parse import urljoin

        location = answer.headers.get("location")
        if answer.status in MOVED_STATUSES and location is not None:
            if not redirects_left:
                raise HttpStatusError(f"more than {self._max_redirects} redirects", status=answer.status)
            return request.moved(self._allow.check(urljoin(request.target.url, location)), status=answer.status)
        body = CappedBytes(f"the response of {request.target.origin}", max_mb=self._max_mb)
        announced = answer.headers.get("content-length", "")
        if announced.isdecimal() and request.method != "HEAD":
            body.expect(int(announced))
        async for chunk in answer.chunks:
            body.add(chunk)
        return HttpResponse(answer.status, answer.headers, body=body.joined(), url=request.target.url)


def _checked(lookup: Lookup, allow: AllowList) -> Lookup:
    """``lookup``, whose answers are checked. These and no others are connected to, so a name gains nothing by changing
    its addresses after the check."""

    async def look_up_and_check(host: str, port: int) -> list[str]:
        addresses = await lookup(host, port)
        for address in addresses:
            allow.check_address(address, host=host, port=port)
        return addresses

    return look_up_and_check


def _open_session(library: str | None, lookup: Lookup) -> Session:
    # What is loaded costs no import; of the others httpx has the shorter one.
    wanted = [library] if library else sorted(_SESSIONS, key=lambda name: name not in sys.modules)
    for name in wanted:
        try:
            return _SESSIONS[name](lookup)
        except ModuleNotFoundError:
            continue
    raise ResourceError(f"HttpClient needs {' or '.join(wanted)} in the package, and finds neither that nor its parts")
