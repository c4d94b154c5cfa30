"""``headstart services``: starts PostgreSQL, Redis and an endpoint of AWS, for a command or until Ctrl-C."""

import asyncio
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
from typer import Argument, Option

from headstart.cli import output, progress
from headstart.cli.exit_codes import ExitCode
from headstart.engine.clock import SystemClock
from headstart.errors import ConfigError
from headstart.services.in_thread import in_thread
from headstart.services.program import LOOPBACK
from headstart.services.running import NAMES, Services, running

_LOOKS_EVERY_S: Final = 1.0
_ENDS_WITHIN_S: Final = 5.0
# What a shell adds to the number of the signal that ended a command.
_SIGNALLED: Final = 128

ServiceNames = Annotated[
    list[str] | None,
    Argument(metavar="NAMES", help=f"Of {', '.join(NAMES)}; all unless said.", show_default=False),
]


class ServicesFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How to run them."""

    folder: Annotated[
        Path | None, Option("--folder", metavar="DIR", help="Keep the data of PostgreSQL and Redis here.")
    ] = None
    ports: Annotated[
        list[str], Option("--port", metavar="NAME=PORT", help="Port on 127.0.0.1; free ones unless said. Repeatable.")
    ] = []
    json: Annotated[bool, Option("--json", help="Print the environment as JSON.")] = False


async def services(names: ServiceNames = None, *, beside: Sequence[str], flags: ServicesFlags) -> int:
    """Start services on loopback, print their environment, and stop them on Ctrl-C.

    With -- COMMAND… after all else, run that with the environment, and stop them after it.
    """
    asked = tuple(names or NAMES)
    clock = SystemClock()
    shown = progress.to(sys.stderr, ticks_ns=clock.ticks_ns)
    context = running(asked, password=clock.new_id(), folder=flags.folder, ports=dict(map(_port, flags.ports)))
    async with AsyncExitStack() as stack:
        stage = f"starting {', '.join(asked)}"
        shown.start(stage)
        try:
            started = await stack.enter_async_context(in_thread(context))
        finally:
            shown.finish(stage)
        if beside:
            return await _run(beside, started.environment)
        output.write(sys.stdout, _printed(started.environment, as_json=flags.json))
        addresses = [f"{server.name} on {LOOPBACK}:{server.place.port}" for server in started]
        output.note(f"{', '.join(addresses)}; Ctrl-C stops them")
        await _stay(started)
    return ExitCode.OK


def _port(given: str) -> tuple[str, int]:
    name, _, port = given.partition("=")
    if not port.isdecimal():
        raise ConfigError(f"--port is {given!r}; needed: NAME=PORT", hint="--port postgres=5432")
    return name, int(port)


def _printed(variables: Mapping[str, str], *, as_json: bool) -> bytes:
    if as_json:
        return msgspec.json.encode(variables) + b"\n"
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()).encode()


async def _stay(services: Services) -> None:
    """Return on Ctrl-C or SIGTERM."""
    with suppress(asyncio.CancelledError):
        while True:
            for server in services:
                server.require_running()
            await asyncio.sleep(_LOOKS_EVERY_S)


async def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """The exit code of ``command``, as a shell says it."""
    try:
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **variables})
    except OSError as error:
        raise ConfigError(
            f"the command {command[0]} cannot be run: {error.strerror}", hint="headstart services -- COMMAND…"
        ) from error
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        await _end(process)
        raise
    return status if status >= 0 else _SIGNALLED - status


async def _end(process: asyncio.subprocess.Process) -> None:
    if not sys.stdin.isatty():  # what is typed at a terminal reaches the command by itself
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _ENDS_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
