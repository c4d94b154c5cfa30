"""One server on loopback: started, stopped, killed and started again on the same port with the same data."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from headstart.errors import ServiceError
from headstart.services.program import LOOPBACK, Place, Program

Describe = Callable[[Place], Program]

_KEEPER: Final = Path(__file__).with_name("keeper.py")
_ASKS_EVERY_S: Final = 0.02
_ASKS: Final = 1_500
_LOG_LINES: Final = 6


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Server:
    """A service that runs in ``place``. ``lock_fd`` stays open for as long as it does.

    ``owned_folder`` is removed when this process is gone without having stopped the server.
    """

    def __init__(
        self, name: str, describe: Describe, *, place: Place, lock_fd: int, owned_folder: Path | None = None
    ) -> None:
        self.name = name
        self.place = place
        self._describe = describe
        self._lock_fd = lock_fd
        self._owned_folder = owned_folder
        self._keeper: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}

    def start(self) -> None:
        """Start it, and wait until it takes connections. Nothing when it runs.

        Raises:
            ServiceMissingError: it is not installed.
            ServiceError: it ended, or did not take connections in time; the message has the end of its log.
        """
        if self.is_running:
            return
        self.place.folder.mkdir(mode=0o700, exist_ok=True)
        program = self._describe(self.place)
        self.environment = program.environment
        self._keeper = self._keep(program)
        try:
            self._wait_for(program.accepts)
        except BaseException:
            self.stop()
            raise

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._keeper is not None and self._keeper.poll() is None

    def require_running(self) -> None:
        """Do nothing, unless it ended by itself.

        Raises:
            ServiceError: it did; the message has the end of its log.
        """
        if not self.is_running:
            raise ServiceError(f"{self.name} has ended:\n{self._last_words()}")

    def stop(self) -> None:
        """Ask it to end, and wait for that; its data stays. Nothing when it does not run."""
        if self._keeper is None:
            return
        assert self._keeper.stdin is not None
        with suppress(BrokenPipeError), self._keeper.stdin as lifeline:  # broken when it has ended by itself
            lifeline.write(b"s")
        self._keeper.wait()
        self._keeper = None

    def kill(self) -> None:
        """End all of its processes at once, as a crash would, and wait for that; its data stays as it is."""
        if self._keeper is None:
            return
        for process in psutil.Process(self._keeper.pid).children(recursive=True) if self.is_running else []:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.stop()

    def log(self) -> str:
        """What it wrote on its standard output and error."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    @property
    def _log_file(self) -> Path:
        return self.place.folder.with_name(f"{self.name}.log")

    def _keep(self, program: Program) -> "subprocess.Popen[bytes]":
        config = {
            "commands": program.commands,
            "folder": str(self.place.folder),
            "log": str(self._log_file),
            "user": program.user,
            "stop_signal": program.stop_signal,
            "remove": str(self._owned_folder) if self._owned_folder else "",
        }
        return subprocess.Popen(
            [sys.executable, "-S", "-s", "-E", "-B", str(_KEEPER), json.dumps(config)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[self._lock_fd],
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            start_new_session=True,  # what is typed at the terminal is for Headstart alone
        )

    def _wait_for(self, accepts: Callable[[], bool]) -> None:
        keeper = self._keeper
        assert keeper is not None
        for _ in range(_ASKS):
            try:
                status = keeper.wait(_ASKS_EVERY_S)
            except subprocess.TimeoutExpired:
                if accepts():
                    return
            else:
                raise ServiceError(f"{self.name} ended with status {status} instead of starting:\n{self._last_words()}")
        raise ServiceError(
            f"{self.name} did not take connections on port {self.place.port} in time:\n{self._last_words()}"
        )

    def _last_words(self) -> str:
        return "\n".join(f"  {line}" for line in self.log().splitlines()[-_LOG_LINES:])
