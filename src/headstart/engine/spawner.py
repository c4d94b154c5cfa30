"""Starts the process that forks sandboxes, and asks it for them."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from headstart.errors import SandboxError

_PROGRAM: Final = Path(__file__).parent / "spawn" / "spawner.py"
_STARTS_WITHIN_S: Final = 5.0
_KEPT_VARIABLES: Final = ("PATH", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")


def scope_command(
    environ: Mapping[str, str], *, uid: int, which: Callable[[str], str | None] = shutil.which
) -> list[str]:
    """The command that runs another in control groups of the user's own, or nothing where there is no such thing.

    Root needs none. Others get theirs from their systemd user manager, which listens in ``XDG_RUNTIME_DIR``.
    """
    listens_at = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}") / "systemd" / "private"
    systemd_run = which("systemd-run")
    if uid == 0 or systemd_run is None or not listens_at.exists():
        return []
    return [systemd_run, "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--"]


class Spawner:
    """The forking process; one for each engine. It ends when the engine does, however that ends.

    ``group`` is its line of /proc/self/cgroup for version 2, when it runs in a group of its own; else empty.
    """

    def __init__(self, scope: Sequence[str] = ()) -> None:
        self._socket, self._process = _start(scope)
        self.group = _first_line(self._socket) if scope else ""
        if scope and not self.group:  # the user manager did not answer
            self._process.kill()
            self.close()
            self._socket, self._process = _start(())

    @property
    def pid(self) -> int:
        """The forking process."""
        return self._process.pid

    def spawn(self, config: Mapping[str, Any], control: socket.socket, *, log_fd: int) -> None:
        """Fork a sandbox that talks over ``control`` and writes its log to ``log_fd`` (see spawn/spawner.py).

        Raises:
            SandboxError: the forking process is gone.
        """
        try:
            data = json.dumps(config).encode() + b"\n"
            sent = socket.send_fds(self._socket, [data], [control.fileno(), log_fd])
            self._socket.sendall(data[sent:])
        except OSError as error:
            raise SandboxError(f"the process that forks sandboxes is gone: {error}") from error

    def close(self) -> None:
        """End the forking process and every sandbox that is left."""
        self._socket.close()
        self._process.wait()


def _start(scope: Sequence[str]) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    ours, theirs = socket.socketpair()
    with theirs:
        program = [sys.executable, "-S", "-s", "-E", "-B", str(_PROGRAM), str(theirs.fileno())]
        process = subprocess.Popen(
            [*scope, *program],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            start_new_session=True,  # what is typed at the terminal is for the engine alone
        )
    return ours, process


def _first_line(ours: socket.socket) -> str:
    """What the process says when it has started; nothing when it has not in time."""
    ours.settimeout(_STARTS_WITHIN_S)
    try:
        return ours.recv(4096).decode().strip()
    except OSError:
        return ""
    finally:
        ours.settimeout(None)
