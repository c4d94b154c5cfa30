"""One HTTP request and the beginning of its response, whatever library exchanges them."""

from __future__ import annotations

from headstart_kit.fan_out.threads import in_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from typing import Protocol, TypeVar

    from headstart_kit.fan_out.allow_list import Target

    T = TypeVar("T")
    # The addresses that a host has now, for a port, as long as they may be connected to.
    Lookup = Callable[[str, int], Awaitable[list[str]]]

    class Session(Protocol):
        """Connections of one event loop, kept for the next request to the same host."""

        async def exchange(self, request: HttpRequest, receive: Callable[[HttpAnswer], Awaitable[T]]) -> T:
            """Send the request, and return what ``receive`` makes of the answer. No redirect is followed.

            Raises:
                ConnectionError: the server cannot be reached, or does not speak HTTP.
                ValueError: the request is not one that can be sent.
            """
            ...

        async def close(self) -> None:
            """Close the connections."""
            ...


MOVED_STATUSES = frozenset({301, 302, 303, 307, 308})
# What goes along to another origin: all else, such as keys and cookies, was meant for the one it was given for.
_HEADERS_FOR_ANY = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "headstart-kit"}


class HttpRequest:
    """What is sent; the names of ``headers`` are in lower case."""

    __slots__ = ("body", "headers", "method", "target")

    def __init__(self, method: str, target: Target, *, headers: Mapping[str, str], body: bytes | None) -> None:
        if "host" in headers:
            raise ValueError("the header Host is given; it is always that of the URL")
        self.method = method
        self.target = target
        self.headers = {**_HEADERS, **headers}
        self.body = body

    def moved(self, target: Target, *, status: int) -> HttpRequest:
        """The request to where a redirect leads.

        Source: https://fetch.spec.whatwg.org/#http-redirect-fetch (2026-11-25).
        """
        headers = self.headers
        if target.origin != self.target.origin:
            headers = {name: value for name, value in headers.items() if name in _HEADERS_FOR_ANY}
        if (status == 303 and self.method != "HEAD") or (status in {301, 302} and self.method == "POST"):
            headers = {name: value for name, value in headers.items() if not name.startswith("content-")}
            return HttpRequest("GET", target, headers=headers, body=None)
        return HttpRequest(self.method, target, headers=headers, body=self.body)


class HttpAnswer:
    """The beginning of a response, and its body to come. The names of ``headers`` are in lower case, and what came more
    than once is joined by commas."""

    __slots__ = ("chunks", "headers", "status")

    def __init__(self, status: int, headers: Iterable[tuple[str, str]], *, chunks: AsyncIterator[bytes]) -> None:
        self.status = status
        self.chunks = chunks
        self.headers: dict[str, str] = {}
        for name, value in headers:
            before = self.headers.get(name.lower())
            self.headers[name.lower()] = value if before is None else f"{before}, {value}"


def unreachable(target: Target, error: Exception) -> ConnectionError:
    """What a library's error of connection or protocol is raised as, so that all are the same and tried again."""
    return ConnectionError(f"{target.origin} cannot be reached or did not answer as it should: {type(error).__name__}")


async def look_up(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives for ``host``.

    Raises:
        OSError: it gives none.
    """
    import socket

    found = await in_thread(lambda is_stopped: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
