"""A small process that forks sandboxes, so that each starts in milliseconds and all end with the engine.

Started by ``engine/spawner.py`` as ``python -S -s spawner.py FD``. Says first in which control group it was started,
then reads a JSON object a line from the stream socket ``FD``; with each come two file descriptors: the sandbox's
control socket and its log pipe. When the engine is gone, however it ended, it waits for the sandboxes, which see the
same, and removes their control groups.
"""

import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

import linux
import sandbox_init

_REQUEST_BYTES_MAX = 1 << 20
_SANDBOXES_END_WITHIN_S = 3.0


def main() -> None:
    """Serve the engine until it is gone."""
    engine_pid = os.getppid()
    engine = socket.socket(fileno=int(sys.argv[1]))
    engine.set_inheritable(False)

    def on_sigterm(*_: object) -> None:
        # Also sent when the thread that started this process ends, and by whoever wants to end the engine.
        if os.getppid() != engine_pid:
            with suppress(OSError):
                engine.shutdown(socket.SHUT_RDWR)  # a copy of the other end may be open elsewhere

    if sys.platform == "linux":
        signal.signal(signal.SIGTERM, on_sigterm)
        linux.die_with_parent(signal.SIGTERM)
    folders: set[str] = set()
    pids: list[int] = []
    try:
        engine.sendall(_own_group().encode() + b"\n")
        _serve(engine, folders, pids=pids)
    except OSError:
        pass
    finally:
        _end(pids)
        _remove(folders)


def _serve(engine: socket.socket, folders: "set[str]", *, pids: "list[int]") -> None:
    while True:
        data, fds, _, _ = socket.recv_fds(engine, _REQUEST_BYTES_MAX, 2)
        if not data:
            return
        while not data.endswith(b"\n"):
            data += engine.recv(_REQUEST_BYTES_MAX)
        config = json.loads(data)
        folders.update(os.path.dirname(path) for path in config["groups"])
        pids[:] = [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]
        pid = os.fork()
        if pid == 0:
            engine.close()
            for fd in fds:
                os.set_inheritable(fd, False)
            _become_sandbox(config, control_fd=fds[0], log_fd=fds[1])
        pids.append(pid)
        for fd in fds:
            os.close(fd)


def _end(pids: "list[int]") -> None:
    """End the sandboxes that do not end by themselves."""
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _SANDBOXES_END_WITHIN_S
    while pids and time.monotonic() < deadline:
        pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]
        time.sleep(0.002)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _remove(folders: "set[str]") -> None:
    """Remove the control groups that the engine left, once the kernel has taken the last process out of them."""
    deadline = time.monotonic() + _SANDBOXES_END_WITHIN_S
    while folders and time.monotonic() < deadline:
        for folder in tuple(folders):
            try:
                os.rmdir(folder)
            except FileNotFoundError:
                pass
            except OSError:
                continue
            folders.discard(folder)
        time.sleep(0.002)


def _become_sandbox(config: "dict[str, Any]", *, control_fd: int, log_fd: int) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=control_fd)
    try:
        config["group_fds"] = [os.open(path, os.O_WRONLY | os.O_CLOEXEC) for path in config["groups"]]
        if config["isolation"] == "none":
            sandbox_init.run(config, control, log_fd=log_fd)
        linux.die_with_parent(signal.SIGKILL)
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
        uid, gid = config["user"]
        linux.unshare(flags | linux.CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/gid_map", f"{gid} {outer_gid} 1")
        _write("/proc/self/uid_map", f"{uid} {outer_uid} 1")
    else:
        linux.unshare(flags)


def _own_group() -> str:
    """This process's line of /proc/self/cgroup for version 2, or nothing."""
    try:
        with open("/proc/self/cgroup") as file:
            return next((line.rstrip("\n") for line in file if line.startswith("0::")), "")
    except OSError:
        return ""


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
