"""Walks through what the globals of shipped modules lead to, and keeps of each value a digest and its kind.

Kinds are ``value``, ``time`` (what a clock showed in init), ``random``, ``credentials`` and ``secret``. Numbers, times
and short texts count in the function's own data only: in third-party objects they are figures, settings and names.
"""

from __future__ import annotations

import os
import sys
from collections import deque

from probe_kinds import shared_generators, special
from probe_parts import home, is_a, namespace, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from probe_package import Package

    Value = tuple[str, str, bool]
    Clocks = tuple[tuple[float, float], ...]

_OBJECTS_MAX = 60_000
_VALUES_MAX = 20_000
_DEPTH_MAX = 10
_TEXT_MAX = 4_096
# Shorter texts of third-party code are names and settings rather than identities.
_TELLING_TEXT = 12
# What the lab and Lambda choose anew for each environment.
_PER_ENVIRONMENT = ("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API")
_PLAIN = (type(None), bool, complex, type(Ellipsis), type(NotImplemented), range, slice, memoryview)


class Walk:
    """One pass over what module globals lead to; an object that has two names is met under the first."""

    def __init__(self, package: Package, digest: Callable[[bytes], str], *, clocks: Clocks) -> None:
        self.modules: dict[str, list[Any]] = {}
        self.values: dict[str, Value] = {}
        self.holders: dict[int, list[str]] = {}
        self.cut = 0
        self._package = package
        self._digest = digest
        self._clocks = clocks
        self._seen = {id(shared) for shared in shared_generators()}
        self._of_environment = [os.environ[name] for name in _PER_ENVIRONMENT if name in os.environ]
        self._session_token = os.environ.get("AWS_SESSION_TOKEN", "")

    def through_modules(self) -> None:
        """Walk through every module that was shipped with the function, its own code first."""
        shipped = []
        for name, module in list(sys.modules.items()):
            content = namespace(module)
            file = content.get("__file__")
            if type(file) is str and self._package.ships(file):
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
            try:
                is_leaf = self._leaf(name, value, is_own=is_own)
            except Exception:  # whatever it is, it is none of the known forms
                self.cut += 1
                continue
            if is_leaf or depth > _DEPTH_MAX or id(value) in self._seen:
                continue
            if len(self._seen) >= _OBJECTS_MAX:
                self.cut += 1
                continue
            self._seen.add(id(value))
            self._note_holder(name, value)
            if is_a(value, type) and not self._is_own_class(value):
                continue
            is_own = is_own and (home(type(value)) == "builtins" or self._is_own_class(type(value)))
            waiting += [(name + part, inner, is_own, depth + 1) for part, inner in parts(value)]

    def _is_own_class(self, kind: type) -> bool:
        return bool(self.modules.get(home(kind), (None, False))[1])

    def _note_holder(self, name: str, value: Any) -> None:
        if callable(getattr(type(value), "fileno", None)):
            try:
                descriptor = value.fileno()
            except Exception:
                return
            if is_a(descriptor, int):
                self.holders.setdefault(descriptor, []).append(name)

    def _leaf(self, name: str, value: Any, *, is_own: bool) -> bool:
        """Note ``value`` if it has no parts of interest; whether it has none."""
        if is_a(value, _PLAIN):
            return True
        if is_a(value, (str, bytes, bytearray)):
            self._note_text(name, value, is_own=is_own)
            return True
        if is_a(value, (int, float)):
            if is_own:
                self._note(name, repr(value).encode(), kind="time" if self._is_now(value) else "value", is_own=True)
            return True
        told = None if id(value) in self._seen else special(value, self._is_now)
        if told is None:
            return False
        kind, content = told
        if content and (is_own or kind != "time"):
            self._note(name, content, kind=kind, is_own=is_own)
        return True

    def _note_text(self, name: str, value: Any, *, is_own: bool) -> None:
        if not 0 < len(value) <= _TEXT_MAX or (not is_own and len(value) < _TELLING_TEXT):
            return
        if is_a(value, str):
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
