"""What an initialised environment holds in memory and open: the values of module globals, descriptors, threads, files.

Values leave as keyed digests, never as themselves. They are found without a call into the function's code:
dictionaries, lists, ``__dict__`` and slots are read past whatever their classes override.

An account is ``modules`` {name: [file, is own code]}, ``values`` {"module:global.part": [kind, digest, is in own
data]}, ``open`` [what descriptors hold], ``threads`` [[name, where it runs]], ``processes`` [[command, started at]],
``tmp`` [[path, bytes]], ``generators`` {module: digest of its shared state} and ``cut`` (values that are not kept).
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from probe_makers import Makers
    from probe_package import Package

    Account = dict[str, Any]
    Part = tuple[str, Any]
    Value = tuple[str, str, bool]

_OBJECTS_MAX = 60_000
_VALUES_MAX = 20_000
_DEPTH_MAX = 10
_TEXT_MAX = 4_096
# Shorter texts of third-party code are names and settings rather than identities.
_TELLING_TEXT = 12
_KEY_SHOWN_MAX = 32
_NEAR_S = 2.0
# What the lab and Lambda choose anew for each environment.
_PER_ENVIRONMENT = ("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API")
# Where AWS serves credentials and the like, to the environment itself.
_METADATA = "169.254."
_PLAIN = (type(None), bool, complex, type(Ellipsis), type(NotImplemented), range, slice, memoryview)
_SECRET_KEYS = frozenset({"SecretString", "SecretBinary"})
_CREDENTIAL_KEYS = frozenset({"SecretAccessKey", "SessionToken"})
_EXPIRY_KEYS = frozenset({"expires_at", "expires_in", "expires", "expiry", "expiration"})
_TOKEN_KEYS = frozenset({"access_token", "id_token", "token", "session_token"})


class Holdings:
    """Looks at this process. ``key`` makes digests that only who has it can compare; ``tmp`` is the folder for files,
    empty where others use it too."""

    def __init__(self, package: Package, makers: Makers, *, key: str, tmp: str) -> None:
        self._package = package
        self._makers = makers
        self._key = key.encode()
        self._begun = time.time(), time.perf_counter()
        self._descriptors = set(_descriptors())
        self._tmp = tmp
        self._files = set(_files(tmp))

    def account(self) -> Account:
        """Everything that is held now."""
        walk = _Walk(self._package, self._digest, clocks=self._clocks())
        walk.through_modules()
        return {
            "modules": walk.modules,
            "values": walk.values,
            "open": self._open(walk.holders),
            "threads": self._makers.threads(),
            "processes": [[command, self._makers.last_start] for command in _children()],
            "tmp": [[path, _bytes_of(path)] for path in sorted(set(_files(self._tmp)) - self._files)],
            "generators": self.generators(),
            "cut": walk.cut,
        }

    def generators(self) -> dict[str, str]:
        """The state of each random generator that a whole process shares."""
        found = {}
        if "random" in sys.modules:
            found["random"] = self._digest(repr(sys.modules["random"].getstate()).encode())
        if "numpy.random" in sys.modules:
            found["numpy.random"] = self._digest(_numpy_state(sys.modules["numpy.random"].get_state(legacy=False)))
        return found

    def values(self) -> dict[str, Value]:
        """The values alone, by name."""
        walk = _Walk(self._package, self._digest, clocks=self._clocks())
        walk.through_modules()
        return walk.values

    def _clocks(self) -> tuple[tuple[float, float], ...]:
        """What the clocks have shown from the start of this process until now, in s."""
        wall, ticks = self._begun
        return (wall - _NEAR_S, time.time() + _NEAR_S), (ticks - _NEAR_S, time.perf_counter() + _NEAR_S)

    def _digest(self, content: bytes) -> str:
        import hashlib

        return hashlib.blake2b(content, key=self._key[:64], digest_size=9).hexdigest()

    def _open(self, holders: dict[int, list[str]]) -> list[dict[str, Any]]:
        found = []
        for descriptor in _descriptors():
            if descriptor not in self._descriptors and (seen := _describe(descriptor, self._package)):
                place = self._makers.place(descriptor, seen["what"])
                found.append({"fd": descriptor, **seen, "names": holders.get(descriptor, []), "made_at": place})
        return found


class _Walk:
    """One pass over what module globals lead to; an object that has two names is met under the first."""

    def __init__(
        self, package: Package, digest: Callable[[bytes], str], *, clocks: tuple[tuple[float, float], ...]
    ) -> None:
        self.modules: dict[str, list[Any]] = {}
        self.values: dict[str, Value] = {}
        self.holders: dict[int, list[str]] = {}
        self.cut = 0
        self._package = package
        self._digest = digest
        self._clocks = clocks
        self._seen = {id(shared) for shared in _shared_generators()}
        self._of_environment = [os.environ[name] for name in _PER_ENVIRONMENT if name in os.environ]
        self._session_token = os.environ.get("AWS_SESSION_TOKEN", "")

    def through_modules(self) -> None:
        """Walk through every module that was shipped with the function, its own code first."""
        shipped = []
        for name, module in list(sys.modules.items()):
            content = getattr(module, "__dict__", None)
            file = content.get("__file__") if isinstance(content, dict) else None
            if isinstance(content, dict) and isinstance(file, str) and self._package.ships(file):
                is_own = file.endswith(".py") and self._package.owns(file)
                shipped.append((not is_own, name, content))
                self.modules[name] = [self._package.name(file), is_own]
                self._seen.add(id(content))
        for is_foreign, name, content in sorted(shipped, key=lambda entry: entry[:2]):
            for key, value in list(content.items()):
                if not (key.startswith("__") and key.endswith("__")):
                    self._through(f"{name}:{key}", value, is_own=not is_foreign)

    def _through(self, name: str, value: Any, *, is_own: bool) -> None:
        waiting = deque([(name, value, is_own, 0)])  # what is near is met first, and so has the shorter name
        while waiting:
            name, value, is_own, depth = waiting.popleft()
            if self._leaf(name, value, is_own=is_own) or depth > _DEPTH_MAX or id(value) in self._seen:
                continue
            if len(self._seen) >= _OBJECTS_MAX:
                self.cut += 1
                continue
            self._seen.add(id(value))
            self._note_holder(name, value)
            if isinstance(value, type) and not self._is_own_class(value):
                continue
            is_own = is_own and (type(value).__module__ == "builtins" or self._is_own_class(type(value)))
            waiting += [(name + part, inner, is_own, depth + 1) for part, inner in _parts(value)]

    def _is_own_class(self, kind: type) -> bool:
        return bool(self.modules.get(kind.__module__, (None, False))[1])

    def _note_holder(self, name: str, value: Any) -> None:
        if callable(getattr(type(value), "fileno", None)):
            try:
                descriptor = value.fileno()
            except Exception:
                return
            if isinstance(descriptor, int):
                self.holders.setdefault(descriptor, []).append(name)

    def _leaf(self, name: str, value: Any, *, is_own: bool) -> bool:
        """Note ``value`` if it has no parts of interest; whether it has none."""
        if isinstance(value, _PLAIN):
            return True
        if isinstance(value, (str, bytes, bytearray)):
            self._note_text(name, value, is_own=is_own)
            return True
        if isinstance(value, (int, float)):
            if is_own:
                self._note(name, repr(value).encode(), kind="time" if self._is_now(value) else "value", is_own=True)
            return True
        told = None if id(value) in self._seen else _special(value, self._is_now)
        if told is None:
            return False
        kind, content = told
        if content and (is_own or kind != "time"):
            self._note(name, content, kind=kind, is_own=is_own)
        return True

    def _note_text(self, name: str, value: str | bytes | bytearray, *, is_own: bool) -> None:
        if not 0 < len(value) <= _TEXT_MAX or (not is_own and len(value) < _TELLING_TEXT):
            return
        if isinstance(value, str):
            if any(own in value for own in self._of_environment) or " at 0x" in value:
                return
            kind = "credentials" if value == self._session_token else "value"
            self._note(name, value.encode("utf-8", "surrogatepass"), kind=kind, is_own=is_own)
        else:
            self._note(name, bytes(value), kind="value", is_own=is_own)

    def _note(self, name: str, content: bytes, *, kind: str, is_own: bool) -> None:
        if len(self.values) >= _VALUES_MAX:
            self.cut += 1
            return
        self.values[name] = kind, self._digest(content), is_own

    def _is_now(self, value: float) -> bool:
        """Whether it is what a clock showed in init, in s, ms or ns."""
        return any(low <= value / scale <= high for low, high in self._clocks for scale in (1, 1e3, 1e9))


def _special(value: Any, is_now: Callable[[float], bool]) -> tuple[str, bytes] | None:
    """Kind and content of a value that matters as a whole; empty content where it does not."""
    if isinstance(value, dict):
        return _secret_mapping(value)
    kind = type(value)
    if kind.__module__ == "botocore.credentials" and kind.__name__ == "Credentials":
        kept = vars(value)
        is_kept = kept.get("token") and kept.get("method") != "env"  # SnapStart has no credentials in variables
        return "credentials", str(kept.get("token")).encode() if is_kept else b""
    if kind.__module__.startswith("numpy.random"):
        return _numpy_generator(value)
    for name, tell in (("uuid", _uuid), ("datetime", _moment), ("random", _random)):
        module = sys.modules.get(name)
        if module is not None and (told := tell(value, module)) is not None:
            return ("time" if is_now(told[1]) else "value", told[0]) if name == "datetime" else told
    return None


def _secret_mapping(value: dict[Any, Any]) -> tuple[str, bytes] | None:
    keys = {key for key in dict.keys(value) if isinstance(key, str)}
    lower = {key.lower() for key in keys}
    if keys & _SECRET_KEYS:
        kind = "secret"
    elif keys >= _CREDENTIAL_KEYS or (lower & _EXPIRY_KEYS and lower & _TOKEN_KEYS):
        kind = "credentials"
    else:
        return None
    texts = [dict.get(value, key) for key in sorted(keys)]
    texts = [text for text in texts if isinstance(text, (str, bytes)) and text]
    return (kind, repr(texts).encode()) if texts else None


def _uuid(value: Any, module: Any) -> tuple[str, bytes] | None:
    return ("value", str(value).encode()) if type(value) is module.UUID else None


def _moment(value: Any, module: Any) -> tuple[bytes, float] | None:
    if type(value) is not module.datetime:
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=module.timezone.utc)  # Lambda's zone is UTC
    return value.isoformat().encode(), aware.timestamp()


def _random(value: Any, module: Any) -> tuple[str, bytes] | None:
    if isinstance(value, module.Random) and not isinstance(value, module.SystemRandom):
        return "random", repr(module.Random.getstate(value)).encode()
    return None


def _shared_generators() -> Iterator[Any]:
    """Those that a whole process shares, whose state is told apart."""
    for module, name in (("random", "_inst"), ("numpy.random.mtrand", "_rand")):
        if module in sys.modules:
            yield getattr(sys.modules[module], name, None)


def _numpy_generator(value: Any) -> tuple[str, bytes] | None:
    bits = getattr(value, "bit_generator", None) or getattr(value, "_bit_generator", value)
    state = getattr(bits, "state", None)
    return ("random", _numpy_state(state)) if isinstance(state, dict) else None


def _numpy_state(state: Any) -> bytes:
    if isinstance(state, dict):
        return b";".join(str(key).encode() + _numpy_state(part) for key, part in state.items())
    return state.tobytes() if hasattr(state, "tobytes") else repr(state).encode()


def _parts(value: Any) -> list[Part]:
    """What ``value`` is made of, each with what stands behind its name."""
    try:
        return list(_parts_of(value))
    except (RuntimeError, ValueError):  # changed meanwhile by another thread; a cell that is empty
        return []


def _parts_of(value: Any) -> Iterator[Part]:
    if isinstance(value, type(sys)):
        return
    if isinstance(value, type):
        yield from ((f".{key}", part) for key, part in list(vars(value).items()) if not key.startswith("__"))
    elif isinstance(value, type(_parts)):
        yield from _function_parts(value)
    elif isinstance(value, dict):
        yield from ((_index(key), part) for key, part in list(dict.items(value)))
    elif isinstance(value, (list, tuple)):
        entries = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
        yield from ((f"[{number}]", part) for number, part in enumerate(list(entries)))
    elif isinstance(value, deque):
        yield from ((f"[{number}]", part) for number, part in enumerate(list(deque.__iter__(value))))
    if not isinstance(value, (type, type(_parts))):
        yield from _attributes(value)


def _function_parts(function: Any) -> Iterator[Part]:
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    yield from (("(default)", part) for part in defaults)
    yield from (("(closure)", cell.cell_contents) for cell in function.__closure__ or ())


def _attributes(value: Any) -> Iterator[Part]:
    for name in ("__self__", "__wrapped__", "func"):  # bound methods, decorated functions, partial ones
        if type(value).__module__ in ("builtins", "functools") and hasattr(value, name):
            yield "", getattr(value, name)
    try:
        content = object.__getattribute__(value, "__dict__")
    except AttributeError:
        content = {}
    if isinstance(content, dict):
        yield from ((f".{key}", part) for key, part in list(content.items()))
    for kind in type(value).__mro__:
        yield from _slots(value, kind)


def _slots(value: Any, kind: type) -> Iterator[Part]:
    for descriptor in list(kind.__dict__.values()):
        if type(descriptor).__name__ == "member_descriptor" and descriptor.__objclass__ is kind:
            try:
                yield f".{descriptor.__name__}", descriptor.__get__(value)
            except AttributeError:  # nothing in it yet
                continue


def _index(key: Any) -> str:
    is_shown = type(key) is int or (type(key) is str and len(key) <= _KEY_SHOWN_MAX and key.isprintable())
    return f"[{key!r}]" if is_shown else "[…]"


def _descriptors() -> list[int]:
    listed = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    return [descriptor for descriptor in listed if os.path.lexists(f"/proc/self/fd/{descriptor}")]  # not the listing's


def _describe(descriptor: int, package: Package) -> dict[str, str] | None:
    """What a descriptor holds, if it is of interest: a connection, a socket that listens, or a file."""
    target = os.readlink(f"/proc/self/fd/{descriptor}")
    if target.startswith("socket:"):
        return _describe_socket(descriptor)
    if not target.startswith("/"):
        return None
    mode = ("read", "write", "read and write")[_flags(descriptor) & 3]
    is_kept_anyway = mode == "read" and not target.startswith("/tmp/")
    if is_kept_anyway or target.startswith(("/dev/", "/proc/", "/sys/")) or package.ships(target):
        return None
    return {"kind": "file", "what": target, "mode": mode}


def _describe_socket(descriptor: int) -> dict[str, str] | None:
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as end:
        try:
            peer = end.getpeername()
        except OSError:
            return None
        if end.family == socket.AF_UNIX:
            return {"kind": "connection", "what": f"unix {peer}", "mode": "unix"} if peer else None
        if not isinstance(peer, tuple) or peer[0].startswith(_METADATA):
            return None
        word = "tcp" if end.type & socket.SOCK_STREAM else "udp"
        return {"kind": "connection", "what": f"{word} {peer[0]}:{peer[1]}", "mode": word}


def _flags(descriptor: int) -> int:
    with open(f"/proc/self/fdinfo/{descriptor}") as file:
        return next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))


def _children() -> list[str]:
    """The commands of the processes that this one started and that still run; their arguments may be secret."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    before, _, rest = file.read().rpartition(")")
            except OSError:
                continue
            state, parent = rest.split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found.append(before.partition("(")[2])
    return found


def _files(folder: str) -> Iterator[str]:
    for path, _, names in os.walk(folder):
        yield from (f"{path}/{name}" for name in names)


def _bytes_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
