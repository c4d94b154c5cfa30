"""The Runtime API of one execution environment: the HTTP interface that its runtime polls.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (2026-11-23); status codes and bodies as the
Runtime Interface Emulator and AWS give them.
"""

import asyncio
import base64
from typing import Final, Protocol, cast

import httptools
import msgspec

from headstart.model import limits

_PREFIX: Final = b"/2018-06-01/runtime/"
_RESPONSE: Final = [b"invocation", b"response"]
_ERROR: Final = [b"invocation", b"error"]
_ERROR_TYPE: Final = b"lambda-runtime-function-error-type"
_ERROR_BODY: Final = b"lambda-runtime-function-error-body"
_RESPONSE_MODE: Final = b"lambda-runtime-function-response-mode"
_HEADERS: Final = frozenset({_ERROR_TYPE, _ERROR_BODY, _RESPONSE_MODE})
_REASONS: Final = {
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    413: "Payload Too Large",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the runtime posted for an invocation. ``size_bytes`` counts all of a payload that was too large to keep.

    ``error_type`` is set when it is an error: the header's value, or empty where the runtime sent none.
    """

    payload: bytes
    size_bytes: int
    streamed: bool = False
    error_type: str | None = None


class RuntimeListener(Protocol):
    """Hears what the runtime does."""

    def on_next(self) -> None:
        """The runtime waits for an event."""
        ...

    def on_answer(self, answer: Answer) -> None:
        """The runtime answered the current invocation."""
        ...

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        """The runtime could not load the function."""
        ...


class RuntimeApi:
    """Serves one runtime on a loopback port of its own."""

    def __init__(self, listener: RuntimeListener) -> None:
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._waiting: _Connection | None = None
        self._current: str | None = None
        self._undelivered = b""
        self._abandoned: set[str] = set()
        self._initialised = False
        self.address = ""
        self._host = b""

    async def start(self) -> None:
        """Listen; ``address`` is then host:port, as AWS_LAMBDA_RUNTIME_API has it."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._host = self.address.encode()

    async def close(self) -> None:
        """Stop listening and drop the connections."""
        self.forget_runtime()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def forget_runtime(self) -> None:
        """Make ready for a new runtime process: the old one is gone."""
        if self._current is not None:
            self._abandoned.add(self._current)
        self._waiting, self._current, self._initialised = None, None, False
        self._undelivered = b""
        for connection in tuple(self._connections):
            connection.drop()

    def deliver(self, request_id: str, *, head: bytes, payload: bytes) -> None:
        """Send an event to the waiting runtime. ``head`` is header lines, each ended by CR LF.

        A runtime that has hung up meanwhile gets it when it asks again.
        """
        event = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (head, len(payload), payload)
        waiting, self._waiting, self._current = self._waiting, None, request_id
        if waiting is None:
            self._undelivered = event
        else:
            waiting.reply(event)

    def take(self, request: "_Connection") -> None:
        """Handle one complete request."""
        if request.host != self._host:
            request.refuse(403, "InvalidHost", message="Host must be the address of the Runtime API")
            return
        method, path = request.method, request.path
        if not path.startswith(_PREFIX):
            request.refuse(404, "NotFound", message="no such resource")
            return
        parts = path[len(_PREFIX) :].split(b"/")
        if method == b"GET" and parts == [b"invocation", b"next"]:
            self._next(request)
        elif method == b"POST" and len(parts) == 3 and parts[::2] in (_RESPONSE, _ERROR):
            self._answer(request, parts[1].decode("latin-1"), failed=parts[::2] == _ERROR)
        elif method == b"POST" and parts == [b"init", b"error"]:
            self._init_error(request)
        else:
            request.refuse(404, "NotFound", message="no such resource")

    def _next(self, request: "_Connection") -> None:
        if self._undelivered:
            event, self._undelivered = self._undelivered, b""
            request.reply(event)
            return
        if self._current is not None:
            request.refuse(403, "InvalidStateTransition", message="the current invocation has not been answered")
            return
        self._waiting = request
        self._initialised = True
        self._listener.on_next()

    def _answer(self, request: "_Connection", request_id: str, *, failed: bool) -> None:
        if request_id in self._abandoned:
            request.refuse(410, "Gone", message="the invocation is over")
        elif self._current is None:
            request.refuse(403, "InvalidStateTransition", message="there is no invocation to answer")
        elif request_id != self._current:
            request.refuse(400, "InvalidRequestID", message="Invalid request ID")
        else:
            self._accept(request, failed=failed)

    def _accept(self, request: "_Connection", *, failed: bool) -> None:
        mode = request.headers.get(_RESPONSE_MODE)
        if mode not in (None, b"streaming"):
            request.refuse(400, "InvalidFunctionResponseMode", message=f"Invalid response mode {mode!r}")
            return
        self._current = None
        payload, error_type = bytes(request.body), None
        if failed or _ERROR_TYPE in request.headers:
            error_type = request.headers.get(_ERROR_TYPE, b"").decode("latin-1")
            payload = _trailer_body(request.headers.get(_ERROR_BODY)) or payload
        answer = Answer(
            payload=payload, size_bytes=request.body_bytes, streamed=mode is not None, error_type=error_type
        )
        self._listener.on_answer(answer)
        if answer.size_bytes > limits.RESPONSE_BYTES_MAX and not answer.streamed:
            text = f"Exceeded maximum allowed payload size ({limits.RESPONSE_BYTES_MAX} bytes)."
            request.refuse(413, "RequestEntityTooLarge", message=text)
        else:
            request.reply(_ACCEPTED)

    def _init_error(self, request: "_Connection") -> None:
        if self._initialised:
            request.refuse(403, "InvalidStateTransition", message="init is over")
            return
        self._listener.on_init_error(bytes(request.body), request.headers.get(_ERROR_TYPE, b"").decode("latin-1"))
        request.reply(_ACCEPTED)

    def joined(self, connection: "_Connection") -> None:
        """Remember a connection."""
        self._connections.add(connection)

    def left(self, connection: "_Connection") -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        if self._waiting is connection:
            self._waiting = None


class _Connection(asyncio.Protocol):
    """One connection of the runtime."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._is_kept = True
        self._begin()

    def _begin(self) -> None:
        self.path = b""
        self.host = b""
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self.body_bytes = 0

    @property
    def method(self) -> bytes:
        return self._parser.get_method()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def reply(self, data: bytes) -> None:
        self.write(data)
        if not self._is_kept and self._transport is not None:
            self._transport.close()

    def refuse(self, status: int, error_type: str, *, message: str) -> None:
        self.reply(_reply(status, {"errorMessage": message, "errorType": error_type}))

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._api.joined(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._is_kept = False
            self.refuse(400, "TruncatedHTTPRequest", message=str(error))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._api.left(self)

    # What the parser calls.

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"host":
            self.host = value
        elif name in _HEADERS:
            self.headers[name] = value
        elif name == b"expect" and value.lower() == b"100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        if self.body_bytes <= limits.RESPONSE_BYTES_MAX or _RESPONSE_MODE in self.headers:
            self.body += body

    def on_message_complete(self) -> None:
        self._is_kept = self._parser.should_keep_alive()
        self._api.take(self)
        self._begin()


def _trailer_body(encoded: bytes | None) -> bytes:
    try:
        return base64.b64decode(encoded or b"", validate=True)
    except ValueError:
        return b""


def _reply(status: int, body: dict[str, str]) -> bytes:
    content = msgspec.json.encode(body) + b"\n"
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


_ACCEPTED: Final = _reply(202, {"status": "OK"})
