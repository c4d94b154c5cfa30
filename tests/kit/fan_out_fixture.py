"""A real HTTP server on loopback, in a thread: what it answers is in the path, what it saw can be asked."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

LOOPBACK = "127.0.0.1"


class Server:
    """``origin`` is where it listens; ``peers`` the connections that requests came by; ``paths`` what was asked for."""

    def __init__(self) -> None:
        self.origin = ""
        self.port = 0
        self.peers: list[Any] = []
        self.paths: list[str] = []
        self.broken_off = threading.Event()
        self.connections: list[Any] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """``/echo``, ``/status/503``, ``/redirect/302?to=…``, ``/loop``, ``/huge``, ``/announced``, ``/slow``,
        ``/never``, ``/cookie`` and ``/broken``."""
        assert request.transport is not None
        self.peers.append(request.transport.get_extra_info("peername"))
        self.connections.append(request.transport)
        self.paths.append(request.path)
        what, _, argument = request.path[1:].partition("/")
        answered: web.StreamResponse = await getattr(self, what)(request, argument)
        return answered

    async def echo(self, request: web.Request, _: str) -> web.Response:
        body = (await request.read()).decode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        return web.json_response({"method": request.method, "headers": headers, "body": body, "path": request.raw_path})

    async def status(self, _: web.Request, status: str) -> web.Response:
        return web.Response(status=int(status), text="grüße")

    async def redirect(self, request: web.Request, status: str) -> web.Response:
        return web.Response(status=int(status), headers={"Location": request.query["to"]})

    async def loop(self, _: web.Request, turn: str) -> web.Response:
        return web.Response(status=302, headers={"Location": f"/loop/{int(turn or 0) + 1}"})

    async def huge(self, request: web.Request, _: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except (ConnectionError, asyncio.CancelledError):
            self.broken_off.set()
            raise

    async def announced(self, request: web.Request, size_bytes: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": size_bytes})
        await response.prepare(request)
        await asyncio.sleep(3600)
        return response

    async def slow(self, _: web.Request, seconds: str) -> web.Response:
        await asyncio.sleep(float(seconds))
        return web.Response(text="late")

    async def never(self, _: web.Request, __: str) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response()

    async def cookie(self, _: web.Request, value: str) -> web.Response:
        response = web.Response(text="set")
        response.set_cookie("session", value)
        return response

    async def broken(self, request: web.Request, _: str) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def close_idle(self) -> None:
        """Close every connection, as servers do with idle ones."""
        for connection in self.connections:
            self.loop_of_server.call_soon_threadsafe(connection.close)
        self.connections.clear()

    loop_of_server: asyncio.AbstractEventLoop


@contextmanager
def serving(*, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server while the block runs."""
    server, started, ended = Server(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", server.answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, LOOPBACK, 0, ssl_context=tls)
        await site.start()
        server.loop_of_server = asyncio.get_running_loop()
        server.port = runner.addresses[0][1]
        server.origin = f"{'https' if tls else 'http'}://{LOOPBACK}:{server.port}"
        started.set()
        await ended.wait()
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(20)
    try:
        yield server
    finally:
        server.loop_of_server.call_soon_threadsafe(ended.set)
        thread.join(20)
