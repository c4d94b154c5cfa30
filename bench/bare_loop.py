"""The least that can drive awslambdaric: a uvloop server that ping-pongs one event, and nothing else."""

import asyncio
import os
import subprocess
import time
from pathlib import Path

import httptools

_RESPONSE_TAKEN = (
    b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
)
_EVENT = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    b"Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
    b"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bare\r\n"
    b"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n"
    b'Content-Length: 8\r\n\r\n{"a": 1}'
)


class _Connection(asyncio.Protocol):
    def __init__(self, loop: "BareLoop") -> None:
        self._bare = loop
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_message_complete(self) -> None:
        if self._path.endswith(b"/next"):
            self._bare.idle(self.transport)
        else:
            self.transport.write(_RESPONSE_TAKEN)
            self._bare.answered()


class BareLoop:
    """Drives one runtime process. ``start`` returns when it first asks for an event."""

    def __init__(self) -> None:
        self._idle: asyncio.Future = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future | None = None
        self._process: subprocess.Popen | None = None

    async def start(self, command: list[str], variables: dict[str, str], *, folder: Path) -> float:
        """Start the runtime; seconds until it asked for an event."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": address} | variables,
            stdout=subprocess.DEVNULL,
        )
        await asyncio.shield(self._idle)
        return time.perf_counter() - begun

    def idle(self, transport) -> None:
        self._transport = transport
        if not self._idle.done():
            self._idle.set_result(None)

    def answered(self) -> None:
        self._answer.set_result(time.perf_counter())

    async def invoke(self) -> float:
        """Send the event once the runtime is idle; seconds from there to the response."""
        loop = asyncio.get_running_loop()
        await self._idle
        self._idle, self._answer = loop.create_future(), loop.create_future()
        begun = time.perf_counter()
        self._transport.write(_EVENT)
        return await self._answer - begun

    async def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._server.close()
        await self._server.wait_closed()
