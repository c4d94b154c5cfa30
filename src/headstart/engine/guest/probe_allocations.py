"""The allocations probe: which lines hold memory after the events, and which of them grew from event to event."""

import gc
import sys
from _tracemalloc import _get_traces, get_traced_memory, is_tracing, start

from probe_package import Package
from probe_runtime import watch

# Enough to get from the standard library's depths back to the package; each frame more costs every allocation.
_FRAMES = 8
_SITES_MAX = 20
_OWN_FILES = frozenset(
    module.__file__ for name, module in list(sys.modules.items()) if name.startswith("probe_") or name == __name__
)


def install(emit, task_root):
    """Start the probe, before the handler is imported; ``emit`` gets a record after init and after each event."""
    watch(_Session(Package(task_root)), emit)
    start(_FRAMES)


class _Session:
    def __init__(self, package):
        self._package = package
        self._first = None
        self._events = 0

    def resume(self, event_body):
        self._events += 1

    def pause(self):
        gc.collect()
        traced_bytes = get_traced_memory()[0]
        sites = held_by_site(_get_traces(), self._package) if is_tracing() else {}
        if self._first is None and self._events:
            self._first = sites
        return {
            "sites": self._records(sites),
            "traced_mb": round(traced_bytes / 1024 / 1024, 3),
            "growth": self._records(_grown(self._first or {}, sites)) if self._events > 1 else [],
            "events": self._events,
        }

    def _records(self, sites):
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


def held_by_site(traces, package):
    """Sum the traces of tracemalloc, innermost frame first, by site: {(path, line): (bytes, blocks)}.

    A trace belongs to the innermost line of the function's own code in it, else of the package, else to the innermost
    line of all. What the probe holds itself is left out.
    """
    sites, known = {}, {}
    for trace in traces:
        size_bytes, frames = trace[1], trace[2]
        if frames not in known:
            known[frames] = _site(frames, package)
        site = known[frames]
        if site is not None:
            held_bytes, blocks = sites.get(site, (0, 0))
            sites[site] = (held_bytes + size_bytes, blocks + 1)
    return sites


def _site(frames, package):
    paths = [path for path, _ in frames]
    if not _OWN_FILES.isdisjoint(paths):
        return None
    own = next((frame for frame in frames if package.owns(frame[0])), None)
    return own or next((frame for frame in frames if package.ships(frame[0])), frames[0])


def _grown(before, after):
    grown = {}
    for site, (held_bytes, blocks) in after.items():
        earlier_bytes, earlier_blocks = before.get(site, (0, 0))
        if held_bytes > earlier_bytes:
            grown[site] = (held_bytes - earlier_bytes, blocks - earlier_blocks)
    return grown
