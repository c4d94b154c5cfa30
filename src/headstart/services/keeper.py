"""A small process that runs one server, ends it when Headstart is gone, however that ended, and removes what it left.

Started by ``services/server.py`` as ``python -S -s -E -B keeper.py CONFIG``, in a session of its own. Its standard
input is the lifeline, a pipe whose other end only Headstart has: ``s`` and then the end of the pipe mean stop and keep
the folder; the end alone means that Headstart is gone. When the server ends by itself, so does this, with its status.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

_LIFELINE_FD = 0
_LOOKS_EVERY_S = 0.005
_LOOKS = 2_000
_LOOKS_FOR_PARENT_EVERY_S = 2.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main() -> int:
    """Run the commands, one after the other; the last is the server. The status of the last one that ran."""
    parent_pid = os.getppid()
    config: dict[str, Any] = json.loads(sys.argv[1])
    wake_fd, wake_write_fd = os.pipe()
    os.set_blocking(wake_write_fd, False)
    signal.set_wakeup_fd(wake_write_fd)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    _ask_kernel(_PR_SET_CHILD_SUBREAPER, 1)
    for command in config["commands"]:
        pid = _start(command, config)
        status = _wait(pid, wake_fd, parent_pid=parent_pid)
        if status is None:
            keeps = os.read(_LIFELINE_FD, 1) == b"s" if _readable([_LIFELINE_FD], within_s=0) else False
            status = _end(pid, signal_number=config["stop_signal"])
            if not keeps and config["remove"]:
                shutil.rmtree(config["remove"], ignore_errors=True)
            return status
        if status != 0:
            return status
    return 0


def _start(command: "list[str]", config: "dict[str, Any]") -> int:
    pid = os.fork()
    if pid == 0:
        _become(command, config)
    return pid


def _become(command: "list[str]", config: "dict[str, Any]") -> NoReturn:
    try:
        log_fd = os.open(config["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log_fd, 1)
        os.dup2(log_fd, 2)
        os.chdir(config["folder"])
        if config["user"] is not None:
            uid, gid = config["user"]
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        _ask_kernel(_PR_SET_PDEATHSIG, signal.SIGKILL)  # setuid would have forgotten it
        os.execv(command[0], command)  # noqa: S606 (no shell is the point)
    except OSError as error:
        os.write(2, f"{command[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def _wait(pid: int, wake_fd: int, *, parent_pid: int) -> "int | None":
    """The status that the process ends with; None when it is to be ended."""
    while True:
        ready = _readable([_LIFELINE_FD, wake_fd], within_s=_LOOKS_FOR_PARENT_EVERY_S)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            _wait_for_orphans()
            return os.waitstatus_to_exitcode(status)
        signals = os.read(wake_fd, 4096) if wake_fd in ready else b""
        # A copy of the lifeline's other end may be open in a process that Headstart forked.
        if _LIFELINE_FD in ready or os.getppid() != parent_pid or set(signals) - {signal.SIGCHLD}:
            return None


def _readable(fds: "list[int]", *, within_s: float) -> "list[int]":
    return select.select(fds, [], [], within_s)[0]


def _end(pid: int, *, signal_number: int) -> int:
    os.kill(pid, signal_number)
    for _ in range(_LOOKS):
        time.sleep(_LOOKS_EVERY_S)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
    else:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    _wait_for_orphans()
    return os.waitstatus_to_exitcode(status)


def _wait_for_orphans() -> None:
    """Wait for what the server started and left: those end by themselves when they see that it is gone."""
    with suppress(ChildProcessError):
        for _ in range(_LOOKS):
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(_LOOKS_EVERY_S)


def _ask_kernel(option: int, value: int) -> None:
    """prctl(2), where there is one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main() & 0xFF)
