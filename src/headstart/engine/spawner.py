"""Starts the process that forks sandboxes, and asks it for them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headstart.errors import SandboxError

_PROGRAM = Path(__file__).parent / "spawn" / "spawner.py"


class Spawner:
    """The forking process; one for each engine. It ends when the engine does, however that ends."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-s", "-E", "-B", str(_PROGRAM), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},
            )
        self._socket = ours

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
