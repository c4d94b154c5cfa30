"""What an initialised environment holds in memory and open: the values of module globals, descriptors, threads, files.

Values leave as keyed digests, never as themselves.

An account is ``modules`` {name: [file, is own code]}, ``values`` {"module:global.part": [kind, digest, is in own
data]}, ``open`` [what descriptors hold], ``threads`` [[name, where it runs]], ``processes`` [[command, started at]],
``tmp`` [[path, bytes]], ``generators`` {module: digest of its shared state} and ``cut`` (values that are not kept).
"""

from __future__ import annotations

import os
import sys
import time

from probe_descriptors import describe, descriptors
from probe_kinds import numpy_state
from probe_values import Walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from probe_makers import Makers
    from probe_package import Package
    from probe_values import Clocks, Value

    Account = dict[str, Any]

_NEAR_S = 2.0


class Holdings:
    """Looks at this process. ``key`` makes digests that only who has it can compare; ``tmp`` is the folder for files,
    empty where others use it too."""

    def __init__(self, package: Package, makers: Makers, *, key: str, tmp: str) -> None:
        self._package = package
        self._makers = makers
        self._key = key.encode()
        self._begun = time.time(), time.perf_counter()
        self._descriptors = set(descriptors())
        self._tmp = tmp
        self._files = set(_files(tmp))

    def account(self) -> Account:
        """Everything that is held now."""
        walk = Walk(self._package, self._digest, clocks=self._clocks())
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
            found["numpy.random"] = self._digest(numpy_state(sys.modules["numpy.random"].get_state(legacy=False)))
        return found

    def values(self) -> dict[str, Value]:
        """The values alone, by name."""
        walk = Walk(self._package, self._digest, clocks=self._clocks())
        walk.through_modules()
        return walk.values

    def _clocks(self) -> Clocks:
        """What the clocks have shown from the start of this process until now, in s."""
        wall, ticks = self._begun
        return (wall - _NEAR_S, time.time() + _NEAR_S), (ticks - _NEAR_S, time.perf_counter() + _NEAR_S)

    def _digest(self, content: bytes) -> str:
        import hashlib

        return hashlib.blake2b(content, key=self._key[:64], digest_size=9).hexdigest()

    def _open(self, holders: dict[int, list[str]]) -> list[dict[str, Any]]:
        found = []
        for descriptor in descriptors():
            if descriptor not in self._descriptors and (seen := describe(descriptor, self._package)):
                place = self._makers.place(descriptor, seen["what"])
                found.append({"fd": descriptor, **seen, "names": holders.get(descriptor, []), "made_at": place})
        return found


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
