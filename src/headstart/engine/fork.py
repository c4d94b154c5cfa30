"""A sandbox in waiting: forked, in its control groups, and ready for any function.

Joining a control group takes the kernel up to 20 ms (it waits for an RCU grace period), so it is done ahead of need.
"""

import os
import socket
from typing import Final

from headstart.engine.control_groups import ControlGroup
from headstart.engine.spawner import Spawner

# As on AWS: user sbx_user1051.
USER: Final = (993, 990)
_END_WITHIN_S: Final = 10.0
_READ_BYTES: Final = 1 << 16


class Fork:
    """The engine's ends of a forked sandbox: ``control``, a stream of JSON lines, and ``log_fd``, what it writes.

    ``isolation`` is ``root``, ``user`` (a user namespace) or ``none``.

    Raises:
        SandboxError: the forking process is gone.
    """

    def __init__(self, spawner: Spawner, group: ControlGroup, *, isolation: str, number: int) -> None:
        self.group = group
        self.number = number
        self.control, theirs = socket.socketpair()
        self.log_fd, log_write_fd = os.pipe()
        os.set_blocking(self.log_fd, False)
        config = {"isolation": isolation, "groups": group.membership_files, "user": USER}
        with theirs:
            spawner.spawn(config, theirs, log_fd=log_write_fd)
        os.close(log_write_fd)
        self.control.setblocking(False)

    def close(self) -> None:
        """End its processes and wait for that; the control group is left to who uses it."""
        self.control.setblocking(True)
        self.control.settimeout(_END_WITHIN_S)
        try:
            self.control.shutdown(socket.SHUT_WR)
            while self.control.recv(_READ_BYTES):
                pass
        except OSError:
            pass
        self.control.close()
        os.close(self.log_fd)
