"""Takes a snapshot of the initialised runtime and restores it, by forks: each serves the events, then the next begins.

It stands where AWS's runtime client asks the Runtime API for the restore, so hooks run as on Lambda, and events come
and go as ever. The process that was initialised is never used itself. The fork is the bare system call: what Python
does after a fork of its own (``random`` reseeds, libraries drop their connections) no restored snapshot does.
Connections that are open then are dead after it, as on Lambda; ``os.getpid`` stays what it was.

A record is ``before`` [hook], ``snapshot`` (see ``probe_holdings``) and ``restores`` [{``after`` [hook], ``late``,
``began``, ``ended``, ``status``}]. ``began`` and ``ended``, before the first and after the last event, hold what is
``changed`` of the snapshot's values, ``dead`` descriptors still kept, and ``generators``. A hook is [name, where, ms,
type of what it raised]. Without restores the environment goes on by itself.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback

from probe_holdings import Holdings
from probe_makers import Makers
from probe_package import Package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Record = dict[str, Any]
    Emit = Callable[[Record], None]

_encode = json.dumps  # what the function puts in its place is not ours
_SETTINGS = "_HEADSTART_SNAPSHOT"
_HOOK_FAILED = 65


def install(emit: Emit, task_root: str) -> None:
    """Stand between AWS's runtime client and its hooks."""
    settings = json.loads(os.environ.pop(_SETTINGS))
    package = Package(task_root)
    snapshot = Snapshot(settings, package, emit=emit)
    runner = importlib.import_module("awslambdaric.lambda_runtime_hooks_runner")
    for name, registry, end in (
        ("run_before_snapshot", "get_before_snapshot", snapshot.hooks_before),
        ("run_after_restore", "get_after_restore", snapshot.hooks_after),
    ):
        setattr(runner, name, _timed(getattr(runner, name), getattr(runner, registry), package=package, end=end))
    client = sys.modules["awslambdaric.lambda_runtime_client"].LambdaRuntimeClient
    wait = client.wait_next_invocation
    client.restore_next = lambda _: snapshot.take()
    client.report_restore_error = lambda *_: os._exit(_HOOK_FAILED)  # at once: threads are not there to be waited for

    def wait_next_invocation(self: Any, *args: Any, **kwargs: Any) -> Any:
        snapshot.await_event()
        return wait(self, *args, **kwargs)

    client.wait_next_invocation = wait_next_invocation


class Snapshot:
    """The state of one run. ``settings``: ``restores``, ``events`` (to each), ``restore_limit_s``, ``key``, ``tmp``."""

    def __init__(self, settings: dict[str, Any], package: Package, *, emit: Emit) -> None:
        self._restores: int = settings["restores"]
        self._events: int = settings["events"]
        self._limit_s: float = settings["restore_limit_s"]
        self._emit = emit
        self._holdings = Holdings(package, Makers(package), key=settings["key"], tmp=settings["tmp"])
        self._record: Record = {}
        self._said = -1  # where a restored process writes what it saw
        self._served = -1
        self._dead: dict[int, str] = {}

    def hooks_before(self, hooks: list[list[Any]], failed: bool) -> None:
        """The hooks before the snapshot have run."""
        self._record = {"before": hooks, "restores": []}
        if failed:
            self._emit(self._record)

    def hooks_after(self, hooks: list[list[Any]], failed: bool) -> None:
        """The hooks after the restore have run."""
        if self._said >= 0:
            self._say({"after": hooks})

    def take(self) -> None:
        """Take the snapshot and restore it. Returns in each restored process, in the order in which they are needed."""
        try:
            self._record["snapshot"] = self._holdings.account()
        except Exception:
            self._emit({"error": traceback.format_exc()})
            return
        self._emit(self._record)
        for _ in range(self._restores):
            if self._restore():
                return
        if self._restores:
            os._exit(0)

    def await_event(self) -> None:
        """The runtime is about to ask for an event."""
        if self._said < 0:
            return
        self._served += 1
        if self._served == 0:
            self._say({"began": self._seen()})
        if self._served == self._events:
            self._say({"ended": self._seen()})
            sys.stdout.flush()
            os._exit(0)

    def _restore(self) -> bool:
        """Fork. Whether this is the restored process; in the other one it has ended then."""
        theirs, ours = os.pipe()
        forked = _fork()
        if not forked:
            os.close(theirs)
            self._said = ours
            self._dead = _kill_connections(self._record["snapshot"]["open"])
            return True
        os.close(ours)
        restore: Record = {"after": [], "late": False}
        self._record["restores"].append(restore)
        is_late = not self._hear(theirs, restore)
        if is_late:
            restore["late"] = True
            os.kill(forked, 9)
        _, status = os.waitpid(forked, 0)
        restore["status"] = status
        self._emit(self._record)
        if is_late:
            os._exit(_HOOK_FAILED)
        if status:
            _end_like(status)
        return False

    def _hear(self, descriptor: int, restore: Record) -> bool:
        """Take what the restored process says until it ends; whether its hooks kept to their limit."""
        import select

        heard, until_s = b"", time.monotonic() + self._limit_s
        while True:
            is_restoring = b"\n" not in heard
            left_s = max(0.0, until_s - time.monotonic()) if is_restoring else None
            if not select.select([descriptor], [], [], left_s)[0]:
                return False
            data = os.read(descriptor, 65_536)
            heard += data
            if not data:
                break
        os.close(descriptor)
        for line in heard.splitlines():
            restore.update(json.loads(line))
        return True

    def _say(self, what: Record) -> None:
        data = _encode(what).encode() + b"\n"
        while data:
            data = data[os.write(self._said, data) :]

    def _seen(self) -> Record:
        values = self._holdings.values()
        before = self._record["snapshot"]["values"]
        changed = {
            name: values.get(name, ("", "", False))[1] for name, old in before.items() if values.get(name) != old
        }
        dead = [descriptor for descriptor, target in self._dead.items() if _target(descriptor) == target]
        return {"changed": changed, "dead": dead, "generators": self._holdings.generators()}


def _timed(
    run: Callable[[], None],
    registry: Callable[[], list[Any]],
    *,
    package: Package,
    end: Callable[[list[list[Any]], bool], None],
) -> Callable[[], None]:
    """``run``, AWS's own runner of the hooks in ``registry``, with ``end`` told what each of them took."""

    def run_timed() -> None:
        ran: list[list[Any]] = []
        registry()[:] = [(_noting(hook, ran, package=package), args, kwargs) for hook, args, kwargs in registry()]
        failed = True
        try:
            run()
            failed = False
        finally:
            end(ran, failed)

    return run_timed


def _noting(hook: Callable[..., Any], ran: list[list[Any]], *, package: Package) -> Callable[..., None]:
    def call(*args: Any, **kwargs: Any) -> None:
        code = getattr(getattr(hook, "__func__", hook), "__code__", None)
        place = f"{package.name(code.co_filename)}:{code.co_firstlineno}" if code else ""
        name = f"{getattr(hook, '__module__', None) or '?'}.{getattr(hook, '__qualname__', type(hook).__name__)}"
        noted: list[Any] = [name, place, 0.0, ""]
        ran.append(noted)
        begun_ns = time.perf_counter_ns()
        try:
            hook(*args, **kwargs)
        except BaseException as error:
            noted[3] = type(error).__name__
            raise
        finally:
            noted[2] = (time.perf_counter_ns() - begun_ns) / 1e6

    return call


def _fork() -> int:
    """The system call alone. The restored process believes to be the one that was initialised."""
    import ctypes

    getpid, initialised, fork = os.getpid, os.getpid(), ctypes.PyDLL(None).fork
    forked: int = fork()
    if not forked:
        restored = getpid()
        os.getpid = lambda: initialised if getpid() == restored else getpid()  # what it forks itself is another
    return forked


def _kill_connections(held: list[dict[str, Any]]) -> dict[int, str]:
    """Put a reset connection in the place of each that is open; what then stands behind each descriptor."""
    dead = {}
    for entry in held:
        if entry["kind"] == "connection":
            end = _reset_end()
            os.dup2(end, entry["fd"])
            os.close(end)
            dead[entry["fd"]] = _target(entry["fd"])
    return dead


def _reset_end() -> int:
    import socket
    import struct

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        end = socket.create_connection(listening.getsockname())
        peer, _ = listening.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    return end.detach()


def _target(descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""


def _end_like(status: int) -> None:
    """End this process as the restored one ended, so that the invocation has that outcome."""
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))
