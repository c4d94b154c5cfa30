"""The first process of a sandbox: starts the runtime, reaps what it leaves, and dies with the engine.

It talks to the engine over a stream socket, a JSON object a line. In: ``build`` {files, cpus, rlimits}, ``start``
{argv, env, cwd}, ``signal`` {number}, ``kill``. Out: ``ready`` {pid}, ``started`` {pid, time_ns} (just before the
runtime is executed), ``exited`` {status} (of the runtime, as os.waitpid gives it), ``killed``, ``failed`` {reason}.

The process that becomes the runtime is forked first of all and joins the control groups, which takes long, while it
waits to be told what to execute.
"""

import json
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

import file_system
import linux

_TELEMETRY_FD = 62


def run(config: "dict[str, Any]", control: socket.socket, *, log_fd: int) -> NoReturn:
    """Serve one sandbox until the engine closes ``control``; never returns."""
    own_pids = config["isolation"] != "none"
    try:
        if own_pids:
            linux.die_with_parent(signal.SIGKILL)
        # Read before /proc is replaced: the engine knows this process by the number that the machine has for it.
        pid = int(os.readlink("/proc/self")) if own_pids else os.getpid()
        if not own_pids and sys.platform == "linux":
            linux.adopt_orphans()
        init = _Init(config, control, log_fd=log_fd, own_pids=own_pids)
        try:
            init.serve(pid)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            init.kill_all()
    except OSError as error:
        _send(control, "failed", reason=str(error))
    finally:
        os._exit(0)


def _send(control: socket.socket, event: str, **fields: object) -> None:
    try:
        control.sendall(json.dumps({"event": event, **fields}).encode() + b"\n")
    except OSError:
        pass


class _Init:
    def __init__(self, config: "dict[str, Any]", control: socket.socket, *, log_fd: int, own_pids: bool) -> None:
        self._config = config
        self._control = control
        self._log_fd = log_fd
        self._own_pids = own_pids
        self._runtime: int | None = None
        self._seat: int | None = None

    def serve(self, pid: int) -> None:
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if sys.platform == "linux" else _pipe()
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        if not self._own_pids:
            # Only here: the first process of a PID namespace takes no signal that it has no handler for.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        self._seat = self._take_seat()
        lines, control = b"", self._control.fileno()
        while True:
            readable, _, _ = select.select([control, wake_read], [], [])
            if wake_read in readable:
                os.read(wake_read, 4096)
                self._reap()
            if control in readable:
                chunk = self._control.recv(1 << 20)
                if not chunk:
                    return
                *complete, lines = (lines + chunk).split(b"\n")
                for line in complete:
                    self._obey(json.loads(line), pid=pid)

    def _obey(self, command: "dict[str, Any]", *, pid: int) -> None:
        if command["command"] == "build":
            self._config.update(command)
            if self._own_pids:
                file_system.build(command["files"])
            _send(self._control, "ready", pid=pid)
        elif command["command"] == "start":
            self._start(command)
        elif command["command"] == "signal" and self._runtime is not None:
            os.kill(self._runtime, command["number"])
        elif command["command"] == "kill":
            self.kill_all()
            _send(self._control, "killed")

    def _take_seat(self) -> int:
        """Fork the process that becomes the runtime; it waits for what is written to the descriptor returned."""
        waiting, seat = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(seat)
            try:
                self._sit(waiting)
            except (OSError, ValueError) as error:
                _send(self._control, "failed", reason=str(error))
                os.write(self._log_fd, f"{error}\n".encode())
            finally:
                os._exit(127)
        os.close(waiting)
        self._runtime = pid
        return seat

    def _start(self, command: "dict[str, Any]") -> None:
        if self._seat is None:
            self._seat = self._take_seat()
        told = command | {name: self._config[name] for name in ("cpus", "rlimits")}
        with open(self._seat, "w") as file:
            json.dump(told, file)
        self._seat = None

    def _sit(self, waiting: int) -> None:
        signal.set_wakeup_fd(-1)
        if sys.platform == "linux":
            linux.die_with_parent(signal.SIGKILL)
        for fd in self._config["group_fds"]:
            os.write(fd, b"0")
        with open(waiting) as file:
            told = file.read()
        if told:  # else the engine is gone
            command = json.loads(told)
            try:
                self._become_runtime(command)
            except OSError as error:
                raise ValueError(f"{command['argv'][0]}: {error}") from error

    def _become_runtime(self, command: "dict[str, Any]") -> None:
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)  # one that is ignored would stay so in a program that is executed
        os.umask(0o022)
        os.setsid()
        if command["cpus"]:
            os.sched_setaffinity(0, command["cpus"])
        for name, limit in command["rlimits"].items():
            _limit(getattr(resource, name, None), limit)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        for fd in (1, 2, _TELEMETRY_FD):
            os.dup2(self._log_fd, fd)
        if self._config["isolation"] == "root":
            uid, gid = self._config["user"]
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        if sys.platform == "linux":
            linux.no_new_privileges()
            linux.die_with_parent(signal.SIGKILL)
        os.chdir(command["cwd"])
        _send(self._control, "started", pid=os.getpid(), time_ns=time.perf_counter_ns())
        os.execve(command["argv"][0], command["argv"], command["env"])

    def _reap(self) -> None:
        while self._wait(os.WNOHANG):
            pass

    def _wait(self, options: int) -> bool:
        """Reap one process; False when there is none to reap."""
        try:
            pid, status = os.waitpid(-1, options)
        except ChildProcessError:
            return False
        if pid and pid == self._runtime:
            self._runtime = None
            _send(self._control, "exited", status=status)
        return pid != 0

    def kill_all(self) -> None:
        if not self._own_pids:
            _kill_descendants()
            if self._runtime is not None:  # where the system tells no descendants
                _signal(self._runtime, signal.SIGKILL)
                _signal(-self._runtime, signal.SIGKILL)
        elif os.getpid() == 1:  # never outside a PID namespace of our own, where -1 is the whole machine
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while self._wait(0):
            pass
        if self._seat is not None:
            os.close(self._seat)
            self._seat = None


def _kill_descendants() -> None:
    """Kill all below this process; they are stopped first, so that none can start another meanwhile."""
    stopped: set[int] = set()
    while found := _descendants(os.getpid()) - stopped:
        for pid in found:
            _signal(pid, signal.SIGSTOP)
        stopped |= found
    for pid in stopped:
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _descendants(root: int) -> "set[int]":
    """All processes below ``root`` (Linux; empty where there is no /proc)."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parents[int(name)] = int(file.read().rsplit(b")", 1)[1].split()[1])
            except OSError:
                continue
    found: set[int] = set()
    border = {root}
    while border:
        border = {pid for pid, parent in parents.items() if parent in border} - found
        found |= border
    return found


def _limit(kind: "int | None", limit: int) -> None:
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _pipe() -> "tuple[int, int]":
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    return read, write
