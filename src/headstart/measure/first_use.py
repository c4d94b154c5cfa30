"""What first invocations do that init could have done: each event in an environment of its own, at a full vCPU."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from headstart.errors import LabError
from headstart.measure import profiling
from headstart.model import tally
from headstart.model.invocation import Event, Profiler
from headstart.model.preloading import Expression, FirstInvocation, FirstUse, FirstUses, UseKind
from headstart.model.progress import Progress

STAGE: Final = "first invocations"
PROBE: Final = "probe_first_use"
_CODECS: Final = "encodings."


class _Phase(msgspec.Struct, frozen=True):
    wall_ms: float
    cpu_ms: float


class _Load(msgspec.Struct, frozen=True):
    """``cause`` is the module that loaded it, empty where the handler did."""

    name: str
    ms: float
    cause: str = ""


class _Call(msgspec.Struct, frozen=True):
    kind: UseKind
    name: str
    ms: float
    expression: Expression | None = None


class _Record(msgspec.Struct, frozen=True):
    """What ``probe_first_use`` hands over; ``events`` are the same event, sent more than once."""

    init: _Phase
    events: tuple[_Phase, ...] = ()
    modules: tuple[_Load, ...] = ()
    calls: tuple[_Call, ...] = ()
    clients: tuple[str, ...] = ()


async def observe(profiler: Profiler, events: Sequence[Event], *, progress: Progress) -> FirstUses:
    """Send each event to a fresh environment. ``profiler`` is to have the memory size of a full vCPU.

    Raises:
        LabError: the probe failed, or its record cannot be understood.
    """
    invocations: list[FirstInvocation] = []
    clients: set[str] = set()
    with tally.stage(progress, STAGE, total=len(events)):
        for event in events:
            record = _parsed(await profiling.record(profiler, PROBE, events=[event]))
            if record.events:  # else it ended within the event
                invocations.append(_invocation(event, record))
            clients.update(record.clients)
            progress.advance(STAGE)
    return FirstUses(invocations=tuple(invocations), clients=tuple(sorted(clients)))


def _parsed(record: Mapping[str, Any]) -> _Record:
    try:
        return msgspec.convert(record, _Record, strict=False)
    except msgspec.ValidationError as error:
        raise LabError(
            f"the profile of first invocations cannot be understood: {error}", hint=profiling.DEFECT_HINT
        ) from error


def _invocation(event: Event, record: _Record) -> FirstInvocation:
    first, last = record.events[0], record.events[-1]
    loads = (FirstUse(kind=_kind(load.name), name=load.name, ms=load.ms, cause=load.cause) for load in record.modules)
    calls = (
        FirstUse(kind=call.kind, name=_name(call), ms=call.ms, expression=call.expression) for call in record.calls
    )
    return FirstInvocation(
        event=event.name,
        weight=event.weight,
        init_ms=record.init.wall_ms,
        wall_ms=first.wall_ms,
        cpu_ms=min(first.cpu_ms, first.wall_ms),
        again_ms=last.wall_ms,
        uses=(*loads, *calls),
    )


def _kind(module: str) -> UseKind:
    return UseKind.CODEC if module.startswith(_CODECS) else UseKind.MODULE


def _name(call: _Call) -> str:
    """One of its own for each pattern, kind of text and flags."""
    if call.expression is None:
        return call.name
    flags = f" (flags {call.expression.flags})" if call.expression.flags else ""
    return f"{call.name}{' (bytes)' if call.expression.is_bytes else ''}{flags}"
