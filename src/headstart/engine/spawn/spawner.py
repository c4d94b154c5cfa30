"""A small process that forks sandboxes, so that each starts in milliseconds and all die with the engine.

Started by ``engine/spawner.py`` as ``python -S -s spawner.py FD``. Reads a JSON object a line from the stream socket
``FD``; with each come two file descriptors: the sandbox's control socket and its log pipe.
"""

import json
import os
import signal
import socket
import sys
from typing import Any, NoReturn

import linux
import sandbox_init

_REQUEST_BYTES_MAX = 1 << 20


def main() -> None:
    """Serve the engine until it closes the socket."""
    if sys.platform == "linux":
        linux.die_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    engine = socket.socket(fileno=int(sys.argv[1]))
    while True:
        data, fds, _, _ = socket.recv_fds(engine, _REQUEST_BYTES_MAX, 2)
        if not data:
            return
        while not data.endswith(b"\n"):
            data += engine.recv(_REQUEST_BYTES_MAX)
        if os.fork() == 0:
            engine.close()
            for fd in fds:
                os.set_inheritable(fd, False)
            _become_sandbox(json.loads(data), control_fd=fds[0], log_fd=fds[1])
        for fd in fds:
            os.close(fd)


def _become_sandbox(config: "dict[str, Any]", *, control_fd: int, log_fd: int) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        linux.die_with_parent(signal.SIGKILL)
    control = socket.socket(fileno=control_fd)
    try:
        config["group_fds"] = [os.open(path, os.O_WRONLY | os.O_CLOEXEC) for path in config["groups"]]
        if config["isolation"] == "none":
            sandbox_init.run(config, control, log_fd=log_fd)
        _enter_namespaces(config)
        pid = os.fork()
        if pid == 0:
            sandbox_init.run(config, control, log_fd=log_fd)
        control.close()
        os.close(log_fd)
        os.waitpid(pid, 0)
    except OSError as error:
        control.sendall(json.dumps({"event": "failed", "reason": str(error)}).encode() + b"\n")
    finally:
        os._exit(0)


def _enter_namespaces(config: "dict[str, Any]") -> None:
    flags = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    if config["isolation"] == "user":
        outer_uid, outer_gid = os.getuid(), os.getgid()
        uid, gid = config["files"]["user"]
        linux.unshare(flags | linux.CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/gid_map", f"{gid} {outer_gid} 1")
        _write("/proc/self/uid_map", f"{uid} {outer_uid} 1")
    else:
        linux.unshare(flags)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
