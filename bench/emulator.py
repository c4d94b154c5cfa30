"""AWS's own Runtime Interface Emulator: the binary inside the PyPI wheel of aws-sam-cli, fetched on first use."""

import asyncio
import os
import socket
import subprocess
from pathlib import Path

import httptools
from libraries import library

_SAM_CLI = "aws-sam-cli==1.170.0"
_MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}
_START_TRIES = 200
_REQUEST = (
    b'POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8\r\n\r\n{"a": 1}'
)


class Emulator:
    """One emulator with one runtime, called over a kept connection."""

    def __init__(self, process: subprocess.Popen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process, self._reader, self._writer = process, reader, writer
        self._done = False

    @classmethod
    async def start(cls, command: list[str], variables: dict[str, str], *, folder: Path) -> "Emulator | None":
        """Start it with the runtime of ``command``; None where there is no binary for this machine."""
        binary = _binary()
        if binary is None:
            return None
        port, api_port = _free_port(), _free_port()
        addresses = (
            f"--runtime-interface-emulator-address=127.0.0.1:{port}",
            f"--runtime-api-address=127.0.0.1:{api_port}",
        )
        process = subprocess.Popen(
            [str(binary), "--log-level=error", *addresses, *command],
            cwd=folder,
            env={"PATH": os.environ["PATH"]} | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        emulator = cls(process, *await _connect(port))
        await emulator.invoke()
        return emulator

    async def invoke(self) -> None:
        """Send one event and read the response."""
        self._writer.write(_REQUEST)
        self._done = False
        parser = httptools.HttpResponseParser(self)
        while not self._done:
            parser.feed_data(await self._reader.read(65536))

    def on_message_complete(self) -> None:
        self._done = True

    def close(self) -> None:
        """End it and its runtime."""
        self._writer.close()
        self._process.kill()
        self._process.wait()


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(_START_TRIES):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
    raise SystemExit("the emulator did not start")


def _binary() -> Path | None:
    try:
        folder = library(_SAM_CLI, with_dependencies=False)
    except subprocess.CalledProcessError:
        return None
    binary = folder / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{_MACHINES.get(os.uname().machine)}"
    if not binary.exists():
        return None
    binary.chmod(0o755)
    return binary


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
