"""The allocations probe: which lines hold memory after the events, and which of them grew from event to event."""

from __future__ import annotations

import gc
import sys
from _tracemalloc import _get_traces, get_traced_memory, is_tracing, start

from probe_loads import is_import_system
from probe_package import Package
from probe_runtime import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from probe_runtime import Emit, Record

    Site = tuple[str, int]
    Held = dict[Site, tuple[int, int]]
    Frames = Sequence[Site]

# From json's decoder back to the line that called json.loads are 4; init takes 2.5 x with 1 frame, 7 x with 4, 11 x
# with 8.
_FRAMES = 4
_SITES_MAX = 20
_GROWTH_BYTES_MIN = 1024
_PROBES_OWN, _NO_FILE = -1, 3
_OWN_FILES = frozenset(
    module.__file__ for name, module in list(sys.modules.items()) if name.startswith("probe_") or name == __name__
)


def install(emit: Emit, task_root: str) -> None:
    """Start the probe, before the handler is imported; ``emit`` gets a record after each event."""
    watch(_Session(Package(task_root)), emit)
    start(_FRAMES)


class _Session:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._first: Held | None = None
        self._events = 0

    def resume(self, event_body: bytes) -> None:
        self._events += 1

    def pause(self) -> Record:
        sites: Held = {}
        if self._events and is_tracing():  # not in init, which has a limit, and not if the function stopped the tracing
            gc.collect()
            sites = held_by_site(_get_traces(), self._package)
            self._first = self._first or sites
        return {
            "sites": self._records(sites),
            "traced_mb": round(get_traced_memory()[0] / 1024 / 1024, 3),
            "growth": self._records(_grown(self._first or {}, sites)) if self._events > 1 else [],
            "events": self._events,
        }

    def _records(self, sites: Held) -> list[Record]:
        largest = sorted(sites.items(), key=lambda entry: -entry[1][0])[:_SITES_MAX]
        return [
            {
                "path": self._package.name(path),
                "line": line,
                "source": self._package.source(path, line),
                "bytes": held_bytes,
                "blocks": blocks,
            }
            for (path, line), (held_bytes, blocks) in largest
        ]


def held_by_site(traces: Sequence[tuple[Any, ...]], package: Package) -> Held:
    """Sum the traces of tracemalloc, innermost frame first, by site: {(path, line): (bytes, blocks)}.

    A trace belongs to the innermost line of the function's own code in it, else of the package, else to the innermost
    line that has a file. What the probe itself holds is left out, and so is the code of modules: that is in the import
    tree.
    """
    sites: Held = {}
    known: dict[int, Site | None] = {}
    ranks: dict[str, int] = {}
    for trace in traces:
        size_bytes, frames = trace[1], trace[2]
        if id(frames) not in known:  # equal stacks are one object here
            known[id(frames)] = _site(frames, ranks, package=package)
        site = known[id(frames)]
        if site is not None:
            held_bytes, blocks = sites.get(site, (0, 0))
            sites[site] = (held_bytes + size_bytes, blocks + 1)
    return sites


def _site(frames: Frames, ranks: dict[str, int], *, package: Package) -> Site | None:
    if is_import_system(frames[0][0]):
        return None
    best: Site | None = None
    best_rank = _NO_FILE
    for frame in frames:
        path = frame[0]
        rank = ranks.get(path)
        if rank is None:
            rank = ranks[path] = _rank(path, package)
        if rank == _PROBES_OWN:
            return None
        if rank < best_rank:
            best, best_rank = frame, rank
    return best


def _rank(path: str, package: Package) -> int:
    """How gladly an allocation is put down to a line of this file; lower is better."""
    if path in _OWN_FILES:
        return _PROBES_OWN
    if path.startswith("<"):
        return _NO_FILE
    if package.owns(path):
        return 0
    return 1 if package.ships(path) else 2


def _grown(before: Held, after: Held) -> Held:
    grown: Held = {}
    for site, (held_bytes, blocks) in after.items():
        earlier_bytes, earlier_blocks = before.get(site, (0, 0))
        if held_bytes - earlier_bytes >= _GROWTH_BYTES_MIN:
            grown[site] = (held_bytes - earlier_bytes, blocks - earlier_blocks)
    return grown
