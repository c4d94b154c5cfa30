"""Records what the function sends to others and the processes that it starts, for the proof by replay.

Sockets are recorded where Python code uses them (above TLS, so in plain text), from the first socket on: nothing is
imported for it. What native code sends by itself is not seen; the record names the loaded modules known to do so.

A record is ``events`` (how many have begun), ``process``, ``sent`` [[connection, to, text]] (bytes as Latin-1; empty
text is the connecting itself), ``started`` [what was started], ``native`` [module] and ``cut`` (bytes not kept).
"""

from __future__ import annotations

import os
import sys
from weakref import WeakKeyDictionary  # loaded by the runtime already

import probe_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from probe_playback import Playback

    Record = dict[str, Any]

_KEPT_BYTES = 8 * 1024 * 1024
_STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
# Extension modules that open connections themselves.
_NATIVE = (
    "MySQLdb._mysql",
    "confluent_kafka.cimpl",
    "grpc._cython.cygrpc",
    "oracledb.thick_impl",
    "psycopg2._psycopg",
    "psycopg_binary._psycopg",
    "psycopg.pq.pq_ctypes",
    "pycurl",
    "pymssql",
    "pyodbc",
    "uvloop.loop",
    "zmq.backend.cython._zmq",
)
# With these the classes that are patched are there, too, while the modules themselves may still be loaded.
_DEFINED_LATE = {"socket": "create_server", "ssl": "SSLSocket"}
_TLS_RECORD = b"\x16\x03"
_PLANTED = "_HEADSTART_PLANTED"
_PLAYBACK = "_HEADSTART_PLAYBACK"


class Effects:
    """What has been sent and started since the last event began."""

    def __init__(self, planted: str | None = None) -> None:
        self._planted = planted
        self._process = os.getpid()
        self._events = 0
        self._sent: list[tuple[int, str, str]] = []
        self._started: list[str] = []
        self._told = (0, 0)
        self._kept_bytes = 0
        self._cut_bytes = 0
        self._ends: WeakKeyDictionary[object, tuple[int, str]] = WeakKeyDictionary()
        self._encrypted: set[int] = set()
        self._next_number = 0

    def resume(self, event_body: bytes) -> None:
        """An event begins: forget what has been told. What init did stays for the first."""
        if self._events:
            sent, started = self._told
            del self._sent[:sent], self._started[:started]
            self._kept_bytes = self._cut_bytes = 0
        self._events += 1
        if self._planted:
            _plant(self._planted)
            self._planted = None

    def pause(self) -> Record:
        """The record."""
        self._told = len(self._sent), len(self._started)
        native = [name for name in _NATIVE if name in sys.modules]
        return {
            "events": self._events,
            "process": self._process,
            "sent": self._sent,
            "started": self._started,
            "native": native,
            "cut": self._cut_bytes,
        }

    @property
    def is_ours(self) -> bool:
        """Whether this is the process of the runtime, not one forked from it, whose records go nowhere."""
        return os.getpid() == self._process

    def connected(self, end: object, to: str) -> None:
        """``end`` is a new connection."""
        self._next_number += 1
        self._ends[end] = self._next_number, to
        self._sent.append((self._next_number, to, ""))

    def sending(self, end: object, data: object, *, to: str | None = None, as_tls: bool = False) -> None:
        """``data`` goes out by ``end``; nothing is kept of what is encrypted already, nor of connections taken.

        ``to`` is said where ``end`` need not have been connected for it.
        """
        if to is not None and self._ends.get(end, (0, ""))[1] != to:
            self.connected(end, to)
        if end not in self._ends:
            return
        number, to = self._ends[end]
        content = bytes(data)  # type: ignore[call-overload]
        if not as_tls and (number in self._encrypted or content.startswith(_TLS_RECORD)):
            self._encrypted.add(number)
            return
        kept = content[: max(0, _KEPT_BYTES - self._kept_bytes)]
        self._kept_bytes += len(kept)
        self._cut_bytes += len(content) - len(kept)
        if kept:
            self._sent.append((number, to, kept.decode("latin-1")))

    def started(self, what: str) -> None:
        """The function starts a process."""
        self._started.append(what)


def install(emit: Callable[[Record], None], task_root: str) -> None:
    """Begin to record; see ``probe_runtime`` for when records are emitted."""
    effects, patched = Effects(os.environ.pop(_PLANTED, None)), set[str]()
    playback, names = _playback(), _remember_names()
    patches = {
        "socket": lambda module: _patch_socket(effects, module, names=names, playback=playback),
        "ssl": lambda module: _patch_ssl(effects, module, playback=playback),
    }

    def hear(event: str, details: tuple[Any, ...]) -> None:
        if event in ("import", "socket.__new__", "socket.connect"):
            _patch(patches, patched)
        elif event in _STARTS and effects.is_ours:
            effects.started(_start_in_words(event, details))

    sys.addaudithook(hear)
    _emit_before_exit(effects, emit)
    probe_runtime.watch(effects, emit)


def _playback() -> Playback | None:
    place = os.environ.pop(_PLAYBACK, None)
    if place is None:
        return None
    import probe_playback

    return probe_playback.Playback(place)


def _plant(mark: str) -> None:
    """Do what a module with side effects does: what of it the proof does not see it cannot rely on."""
    import socket

    def write_log() -> None:
        sys.stdout.write(f"{mark}\n")
        sys.stdout.flush()

    def write_file() -> None:
        with open(f"/tmp/{mark}", "w") as file:
            file.write(mark)

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(mark.encode(), ("127.0.0.1", 9))

    for act in (write_log, write_file, send):
        try:
            act()
        except Exception:  # noqa: S112 (then it is not seen, and that is told)
            continue


def _emit_before_exit(effects: Effects, emit: Callable[[Record], None]) -> None:
    original = os._exit

    def leave(status: int) -> None:
        if effects.is_ours:
            emit(effects.pause())
        original(status)

    os._exit = leave  # type: ignore[assignment]


def _start_in_words(event: str, details: tuple[Any, ...]) -> str:
    if event in ("os.fork", "os.forkpty"):
        return event
    command = details[1] if event == "subprocess.Popen" else details[:2] if event != "os.system" else details[0]
    return f"{event} {command!r}"


def _patch(patches: dict[str, Callable[[Any], None]], patched: set[str]) -> None:
    """Record what goes through the classes of ``socket`` and ``ssl``, each as soon as it is there."""
    for name, patch in patches.items():
        if name not in patched and hasattr(module := sys.modules.get(name), _DEFINED_LATE[name]):
            patched.add(name)
            patch(module)


def _patch_socket(effects: Effects, module: Any, *, names: dict[str, str], playback: Playback | None) -> None:
    kind = module.socket
    quiet = os.environ.get("AWS_LAMBDA_RUNTIME_API")

    def place(address: Any) -> str:
        if not isinstance(address, tuple):
            return str(address)
        return f"{names.get(address[0], address[0])}:{address[1]}"

    if playback is not None:
        playback.lead(module, place)

    def on_connect(end: Any, args: tuple[Any, ...]) -> None:
        if place(args[0]) != quiet:
            effects.connected(end, place(args[0]))

    def on_send(end: Any, args: tuple[Any, ...]) -> None:
        to = place(args[-1]) if len(args) > 1 and isinstance(args[-1], (tuple, str)) else None
        effects.sending(end, args[0], to=to)

    for name, note in (("connect", on_connect), ("connect_ex", on_connect), ("sendall", on_send)):
        _record(effects, kind, name=name, note=note)
    for name in ("send", "sendto", "sendmsg"):
        _record(effects, kind, name=name, note=on_send, partial=True)


def _patch_ssl(effects: Effects, module: Any, *, playback: Playback | None) -> None:
    if playback is not None:
        playback.trust(module)

    def on_write(end: Any, args: tuple[Any, ...]) -> None:
        if not end.server_side:
            effects.sending(end, args[0], to=f"{end.server_hostname or '?'} (TLS)", as_tls=True)

    _record(effects, module.SSLSocket, name="send", note=on_write, partial=True)
    _record(effects, module.SSLSocket, name="write", note=on_write, partial=True)
    _record(effects, module.SSLObject, name="write", note=on_write, partial=True)


def _record(effects: Effects, kind: Any, *, name: str, note: Callable[..., None], partial: bool = False) -> None:
    """Have ``note`` called with what ``kind.name`` is called with; ``partial``: with as much as it says it took."""
    original = getattr(kind, name)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not partial and args and effects.is_ours:
            note(self, args)
        result = original(self, *args, **kwargs)
        if partial and args and effects.is_ours and isinstance(result, int):
            data = b"".join(args[0]) if name == "sendmsg" else memoryview(args[0]).cast("B")
            note(self, (data[:result], *args[1:]))
        return result

    call.__name__, call.__qualname__, call.__doc__ = name, f"{kind.__name__}.{name}", original.__doc__
    setattr(kind, name, call)


def _remember_names() -> dict[str, str]:
    """The host that was asked for by each address that it was found at."""
    import _socket  # what ``socket`` asks, from the first name on

    original = _socket.getaddrinfo
    names: dict[str, str] = {}

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        found = original(host, *args, **kwargs)
        if isinstance(host, str):
            names.update({str(entry[4][0]): host for entry in found})
        return found

    _socket.getaddrinfo = getaddrinfo
    return names
