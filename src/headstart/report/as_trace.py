"""A result as Chrome trace-event JSON: cold runs and the import tree as lanes, for Perfetto or speedscope."""

from collections.abc import Iterator
from typing import Any

import msgspec

from headstart.model.invocation import InvocationReport
from headstart.model.results import CheckResult, ImportNode
from headstart.report import digest

_US_PER_MS = 1000
_COLD_PID = 1
_IMPORTS_PID = 2
_INIT_TID = 1
_HANDLER_TID = 2

_Event = dict[str, Any]


def encode(result: CheckResult) -> bytes:
    """Complete events ("X") in microseconds; every lane starts at zero, so that runs can be laid side by side."""
    events = [_name("process_name", f"Cold starts of {result.function.name}", pid=_COLD_PID)]
    for lane, run in enumerate(result.cold_start.runs, start=1):
        events.append(_name("thread_name", f"run {lane}, {run.event_name}", pid=_COLD_PID, tid=lane))
        events.extend(_run_events(run, result, tid=lane))
    events.append(_name("process_name", "Imports (a profile run, scaled to the timed runs)", pid=_IMPORTS_PID))
    for tid, title, in_handler in ((_INIT_TID, "init", False), (_HANDLER_TID, "during invocations", True)):
        roots = tuple(root for root in result.imports.roots if root.in_handler is in_handler)
        if roots:
            events.append(_name("thread_name", title, pid=_IMPORTS_PID, tid=tid))
            events.extend(_import_events(roots, tid))
    return msgspec.json.encode({"displayTimeUnit": "ms", "traceEvents": events}) + b"\n"


def _run_events(run: InvocationReport, result: CheckResult, *, tid: int) -> Iterator[_Event]:
    start_ms = 0.0
    names = (label for label, _ in digest.phases(result.cold_start))
    about = {"outcome": type(run.outcome).__name__, "request_id": run.request_id, "max_memory_mb": run.max_memory_mb}
    for name, length_ms in zip(names, digest.run_phases_ms(run), strict=True):
        if length_ms > 0:
            yield _complete(name, start_ms, length_ms=length_ms, lane=(_COLD_PID, tid), args=about)
        start_ms += length_ms


def _import_events(roots: tuple[ImportNode, ...], tid: int) -> Iterator[_Event]:
    """Children follow each other from their parent's start; a child never reaches past its parent's end."""
    waiting = list(_placed(roots, 0.0, end_ms=float("inf")))
    while waiting:
        node, start_ms, end_ms = waiting.pop()
        about = {
            "self_ms": node.self_ms,
            "memory_mb": node.memory_mb,
            "files": node.files,
            "use": digest.use_of(node),
            "imported_at": digest.import_place(node),
        }
        yield _complete(node.module, start_ms, length_ms=end_ms - start_ms, lane=(_IMPORTS_PID, tid), args=about)
        waiting.extend(_placed(node.children, start_ms, end_ms=end_ms))


def _placed(
    nodes: tuple[ImportNode, ...], start_ms: float, *, end_ms: float
) -> Iterator[tuple[ImportNode, float, float]]:
    for node in nodes:
        stop_ms = min(start_ms + node.cumulative_ms, end_ms)
        yield node, start_ms, stop_ms
        start_ms = stop_ms


def _complete(name: str, start_ms: float, *, length_ms: float, lane: tuple[int, int], args: dict[str, Any]) -> _Event:
    pid, tid = lane
    times = {"ts": round(start_ms * _US_PER_MS, 3), "dur": round(length_ms * _US_PER_MS, 3)}
    return {"name": name, "ph": "X", **times, "pid": pid, "tid": tid, "args": args}


def _name(kind: str, name: str, *, pid: int, tid: int = 0) -> _Event:
    return {"name": kind, "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}
