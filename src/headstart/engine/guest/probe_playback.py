"""Leads what Python code connects to, but for the function's own and Headstart's servers, to the proof's playback.

That asks the servers themselves once, and answers for them from then on (optimize/proof/playback.py). Questions to it
and its answers are JSON, each after its size in four bytes. Nothing is imported for it but ``_socket``.
"""

from __future__ import annotations

import errno
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_HOST = "127.0.0.1"
_MAPPED = "::ffff:127.0.0.1"
_LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
# A connection that is not to be waited for is waited for so long, since playback must know how it ends.
_UNAWAITED_S = 10.0
# Positions of ``server_side`` and ``server_hostname`` behind self.
_WRAPPERS = {"wrap_socket": (1, 4), "wrap_bio": (2, 3)}

_encode, _decode, _open = json.dumps, json.loads, open  # what the function puts in their place is not ours


class Playback:
    """The proof's playback; ``place`` is its port and its password."""

    def __init__(self, place: str) -> None:
        import _socket

        port, _, self._password = place.partition(":")
        self._socket = _socket
        self._port = int(port)
        self._process = os.getpid()
        self._led: dict[int, tuple[Any, ...]] = {}
        self._told: set[tuple[str, int]] = set()
        told = self._ask({"ask": "begin"})
        self._certificate = told["certificate"]
        self._direct = {*told["direct"], os.environ.get("AWS_LAMBDA_RUNTIME_API")}
        self._resolve_there()

    def lead(self, module: Any, place: Callable[[Any], str]) -> None:
        """Have the sockets of the module ``socket`` led; ``place`` says what an address is called."""
        kind = module.socket
        connect, connect_ex, getpeername = kind.connect, kind.connect_ex, kind.getpeername

        def led_connect(end: Any, address: Any) -> None:
            if not self._is_led(end, address, to=place(address)):
                connect(end, address)
                return
            error = self._lead(end, address, to=place(address))
            if error == errno.ETIMEDOUT and end.gettimeout():
                raise TimeoutError("timed out")
            if error:
                raise OSError(error, os.strerror(error))

        def led_connect_ex(end: Any, address: Any) -> int:
            if not self._is_led(end, address, to=place(address)):
                return int(connect_ex(end, address))
            return self._lead(end, address, to=place(address))

        def led_getpeername(end: Any) -> Any:
            found = getpeername(end)
            is_led = isinstance(found, tuple) and found[1] == self._port and found[0] in (_HOST, _MAPPED)
            return self._led.get(end.getsockname()[1], found) if is_led else found

        kind.connect, kind.connect_ex, kind.getpeername = led_connect, led_connect_ex, led_getpeername

    def trust(self, module: Any) -> None:
        """Have every client of the module ``ssl`` trust the playback's certificates, too."""
        kind = module.SSLContext
        for name, (side, host) in _WRAPPERS.items():
            setattr(kind, name, self._trusting(getattr(kind, name), side=side, host=host))

    def _trusting(self, original: Callable[..., Any], *, side: int, host: int) -> Callable[..., Any]:
        def wrap(context: Any, *args: Any, **kwargs: Any) -> Any:
            is_server = kwargs.get("server_side", args[side] if len(args) > side else False)
            if not is_server:
                name = kwargs.get("server_hostname", args[host] if len(args) > host else None)
                self._tell_trust(context, _text(name or ""))
                context.load_verify_locations(cadata=self._certificate)
            return original(context, *args, **kwargs)

        wrap.__name__, wrap.__qualname__, wrap.__doc__ = original.__name__, original.__qualname__, original.__doc__
        return wrap

    def _tell_trust(self, context: Any, name: str) -> None:
        """The server itself is asked to be trusted as the function would: the playback has to know how."""
        import base64

        own = base64.b64decode("".join(self._certificate.split("\n")[1:-2]))
        anchors = [each for each in context.get_ca_certs(binary_form=True) if each != own]
        trust = {
            "verifies": context.verify_mode != 0,
            "checks_name": context.check_hostname,
            "anchors": sorted(base64.b64encode(each).decode() for each in anchors),
        }
        told = name, hash(_encode(trust))
        if told not in self._told:
            self._ask({"ask": "trust", "name": name, "trust": trust})
            self._told.add(told)

    def _resolve_there(self) -> None:
        original, gaierror, numeric = self._socket.getaddrinfo, self._socket.gaierror, self._socket.AI_NUMERICHOST

        def getaddrinfo(host: Any, port: Any, *args: int, **kwargs: int) -> Any:
            options = [int(kwargs.get(name, 0)) for name in ("family", "type", "proto", "flags")]
            options[: len(args)] = map(int, args)
            if not isinstance(host, str) or not _is_name(host) or isinstance(port, bytes) or options[3] & numeric:
                return original(host, port, *args, **kwargs)
            answer = self._ask({"ask": "resolve", "host": host, "port": port, "options": options})
            if "error" in answer:
                raise gaierror(answer["error"], answer["text"])
            return [(*entry[:4], tuple(entry[4])) for entry in answer["found"]]

        self._socket.getaddrinfo = getaddrinfo

    def _is_led(self, end: Any, address: Any, *, to: str) -> bool:
        kinds = self._socket.AF_INET, self._socket.AF_INET6
        if end.family not in kinds or end.type != self._socket.SOCK_STREAM or to in self._direct:
            return False
        host, port = _text(address[0]), address[1]
        return f"{host}:{port}" not in self._direct and not (
            host.startswith(_LOOPBACK) and _is_own(port, self._process)
        )

    def _lead(self, end: Any, address: tuple[Any, ...], *, to: str) -> int:
        """Connect ``end`` to the playback as if it were ``address``: 0, or the number of the error."""
        plain, timeout_s = self._socket.socket, end.gettimeout()
        end.settimeout(timeout_s or (_UNAWAITED_S if timeout_s == 0 else None))
        try:
            there = (_MAPPED, self._port, 0, 0) if end.family == self._socket.AF_INET6 else (_HOST, self._port)
            plain.connect(end, there)
            server = {"to": to, "host": _text(address[0]), "port": address[1]}
            error = int(self._exchange(end, {"ask": "connect", "server": server})["error"])
        except TimeoutError:
            error = errno.ETIMEDOUT
        finally:
            end.settimeout(timeout_s)
        self._led[end.getsockname()[1]] = address
        return error

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        end = self._socket.socket(self._socket.AF_INET, self._socket.SOCK_STREAM)
        try:
            end.connect((_HOST, self._port))
            return self._exchange(end, question)
        finally:
            end.close()

    def _exchange(self, end: Any, question: dict[str, Any]) -> dict[str, Any]:
        plain, body = self._socket.socket, _encode({"password": self._password, "question": question}).encode()
        plain.sendall(end, len(body).to_bytes(4, "big") + body)
        answer: dict[str, Any] = _decode(self._receive(end, int.from_bytes(self._receive(end, 4), "big")))
        return answer

    def _receive(self, end: Any, count_bytes: int) -> bytes:
        data = b""
        while len(data) < count_bytes:
            chunk = self._socket.socket.recv(end, count_bytes - len(data))
            if not chunk:
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            data += chunk
        return data


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("ascii")


def _is_name(host: str) -> bool:
    """Whether finding ``host`` takes asking others."""
    return bool(host) and host != "localhost" and ":" not in host and not host.replace(".", "").isdigit()


def _is_own(port: int, process: int) -> bool:
    """Whether ``process`` or one that it started listens on ``port`` of loopback; yes where it cannot be told."""
    try:
        listening = {f"socket:[{inode}]" for inode in _listening(port)}
        return bool(listening) and any(listening & _open_files(each) for each in _descending(process))
    except OSError:
        return True


def _listening(port: int) -> list[str]:
    found = []
    for name in ("tcp", "tcp6"):
        if os.path.exists(f"/proc/net/{name}") or name == "tcp":
            with _open(f"/proc/net/{name}") as file:
                rows = [line.split() for line in file]
            found += [row[9] for row in rows[1:] if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port]
    return found


def _descending(process: int) -> list[int]:
    """``process`` and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with _open(f"/proc/{name}/stat") as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [process]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _open_files(process: int) -> set[str]:
    found, folder = set(), f"/proc/{process}/fd"
    for name in os.listdir(folder):
        try:
            found.add(os.readlink(f"{folder}/{name}"))
        except OSError:  # closed meanwhile
            continue
    return found
