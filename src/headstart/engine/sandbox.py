"""The local process tree that imitates one execution environment: start, limit, freeze, kill, account."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headstart.engine.clock import Clock
from headstart.engine.fork import Fork
from headstart.engine.resources import Resources
from headstart.errors import SandboxError

_START_TIMEOUT_S = 10.0
_READ_BYTES = 1 << 16


class SandboxPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a sandbox is built. ``files`` as in spawn/file_system.py; ``cpus`` the CPUs it may run on, empty for all;
    ``rlimits`` by the names of ``resource``."""

    files: dict[str, Any]
    cpus: tuple[int, ...]
    rlimits: dict[str, int]


class Sandbox:
    """One sandbox. ``on_output`` gets what the function writes, ``on_exit`` the status of its runtime's end."""

    def __init__(
        self,
        fork: Fork,
        resources: Resources,
        *,
        clock: Clock,
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self.resources = resources
        self._fork = fork
        self._clock = clock
        self._on_output = on_output
        self._on_exit = on_exit
        self._control, self._log_fd = fork.control, fork.log_fd
        self._buffer = b""
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control.fileno(), self._read_control)
        self._loop.add_reader(self._log_fd, self.drain)
        self._closed = False

    async def create(self, plan: SandboxPlan) -> None:
        """Build the sandbox's file system.

        Raises:
            SandboxError: the machine does not allow it.
        """
        ready = self._expect("ready")
        self._command("build", **msgspec.to_builtins(plan))
        root_pid = (await self._answer(ready, "the sandbox did not start"))["pid"]
        self.resources.attach(root_pid, self._clock.ticks_ns, on_exceeded=self._kill_soon)

    async def start_runtime(self, argv: list[str], env: Mapping[str, str], *, folder: str) -> int:
        """Start the runtime process; the time (Clock.ticks_ns) just before it was executed.

        Raises:
            SandboxError: it cannot be executed.
        """
        started = self._expect("started")
        self._command("start", argv=argv, env=env, cwd=folder)
        return int((await self._answer(started, f"{argv[0]} did not start"))["time_ns"])

    async def kill(self) -> None:
        """Kill the runtime and everything it started; /tmp stays. The sandbox can start a runtime again."""
        self.resources.thaw()
        killed = self._expect("killed")
        self._command("kill")
        await self._answer(killed, "the processes of the sandbox could not be killed")

    def _kill_soon(self) -> None:
        self.resources.thaw()
        self._command("kill")

    def terminate_runtime(self) -> None:
        """Send SIGTERM to the runtime, as at shutdown."""
        self.resources.thaw()
        self._command("signal", number=int(signal.SIGTERM))

    async def close(self) -> None:
        """Kill everything and remove every trace; harmless when called twice."""
        if self._closed:
            return
        self._closed = True
        self.resources.thaw()
        self._loop.remove_reader(self._control.fileno())
        self._loop.remove_reader(self._log_fd)
        await asyncio.to_thread(self._fork.close)
        self.resources.close()

    def drain(self) -> None:
        """Read what the function has written so far, without waiting."""
        while True:
            try:
                data = os.read(self._log_fd, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                return
            self._on_output(data)
            if len(data) == _READ_BYTES:  # a flood: let timers and other sandboxes run
                return

    def _read_control(self) -> None:
        try:
            chunk = self._control.recv(_READ_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self._loop.remove_reader(self._control.fileno())
            self._fail("the sandbox ended unexpectedly")
            return
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        event = message["event"]
        if event == "failed":
            self._fail(message["reason"])
        elif event == "exited":
            self._on_exit(message["status"])
        elif event in self._waiting:
            self._waiting.pop(event).set_result(message)

    def _fail(self, reason: str) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SandboxError(reason))
        self._waiting.clear()

    def _command(self, command: str, **fields: Any) -> None:
        data = json.dumps({"command": command, **fields}).encode() + b"\n"
        try:
            self._control.setblocking(True)
            self._control.sendall(data)
        except OSError as error:
            raise SandboxError(f"the sandbox is gone: {error}") from error
        finally:
            self._control.setblocking(False)

    def _expect(self, event: str) -> asyncio.Future[dict[str, Any]]:
        future = self._waiting[event] = self._loop.create_future()
        return future

    async def _answer(self, future: asyncio.Future[dict[str, Any]], otherwise: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                return await future
        except TimeoutError:
            raise SandboxError(f"{otherwise} within {_START_TIMEOUT_S:.0f} s") from None
