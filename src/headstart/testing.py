"""Fakes that are part of the product: invokers and profilers that play a script, and a clock moved by hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from headstart.model.caveats import Caveat
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InitReport, InitStatus, InvocationReport, Outcome, Succeeded


class Call(msgspec.Struct, frozen=True):
    """One invocation that a ScriptedInvoker was asked for."""

    event: Event
    fresh: bool
    memory: MemorySize


Script = Callable[[Call], InvocationReport]


class ScriptedInvoker:
    """An Invoker that answers from ``script``: a function of the call, or reports that are played in order and then
    from the first again. ``calls`` has what was asked, over all memory sizes; ``open_sizes`` those not closed yet."""

    def __init__(self, spec: FunctionSpec, script: Script | Sequence[InvocationReport]) -> None:
        self.spec = spec
        self.script = script if callable(script) else _play(script)
        self.calls: list[Call] = []
        self.open_sizes: list[int] = [spec.memory.mb]

    async def invoke(self, event: Event, *, fresh: bool = False) -> InvocationReport:
        """Answer from the script."""
        call = Call(event, fresh, self.spec.memory)
        self.calls.append(call)
        return self.script(call)

    def at_memory(self, memory: MemorySize) -> "ScriptedInvoker":
        """The same script at another memory size; calls are kept in the same list."""
        other = ScriptedInvoker(msgspec.structs.replace(self.spec, memory=memory), self.script)
        other.calls, other.open_sizes = self.calls, self.open_sizes
        self.open_sizes.append(memory.mb)
        return other

    async def close(self) -> None:
        """Note that this memory size was closed."""
        self.open_sizes.remove(self.spec.memory.mb)


class ScriptedProfiler:
    """A Profiler that answers with the record of the probe's name; ``calls`` has (probe, events) as asked."""

    def __init__(self, records: Mapping[str, dict[str, Any]]) -> None:
        self.records = records
        self.calls: list[tuple[str, tuple[Event, ...]]] = []

    async def profile(self, probe: str, events: Sequence[Event]) -> dict[str, Any]:
        """The record of ``probe``."""
        self.calls.append((probe, tuple(events)))
        return self.records[probe]


class ManualClock:
    """A clock that stands still until it is moved; identities are counted."""

    def __init__(self, start_s: float = 0.0) -> None:
        self.start_s = start_s
        self.elapsed_ns = 0
        self.ids = 0

    def now_s(self) -> float:
        """Unix time in s."""
        return self.start_s + self.elapsed_ns / 1e9

    def ticks_ns(self) -> int:
        """ns since this clock was made."""
        return self.elapsed_ns

    def new_id(self) -> str:
        """A UUID that counts up."""
        self.ids += 1
        return f"00000000-0000-0000-0000-{self.ids:012d}"

    def advance(self, seconds_s: float) -> None:
        """Let ``seconds_s`` pass."""
        self.elapsed_ns += round(seconds_s * 1e9)


def init_report(boot_ms: float = 50.0, function_ms: float = 100.0, **changes: Any) -> InitReport:
    """A successful init phase; ``changes`` are fields of InitReport."""
    usual = InitReport(
        status=InitStatus.SUCCESS,
        creation_ms=10.0,
        boot_ms=boot_ms,
        function_ms=function_ms,
        cpu_ms=boot_ms + function_ms,
        peak_memory_mb=40.0,
    )
    return msgspec.structs.replace(usual, **changes)


def report(
    duration_ms: float = 10.0,
    *,
    init: InitReport | None = None,
    outcome: Outcome | None = None,
    caveats: tuple[Caveat, ...] = (),
    **changes: Any,
) -> InvocationReport:
    """A successful invocation, billed as AWS bills it; ``changes`` are fields of InvocationReport."""
    usual = InvocationReport(
        request_id="00000000-0000-0000-0000-000000000000",
        environment_id="environment",
        event_name="event",
        outcome=outcome or Succeeded(b"{}"),
        started_s=0.0,
        duration_ms=duration_ms,
        billed_ms=_round_up(duration_ms + (init.init_ms if init else 0.0)),
        memory_size_mb=128,
        max_memory_mb=50.0,
        memory_mb=48.0,
        cpu_ms=duration_ms,
        init=init,
        caveats=caveats,
    )
    return msgspec.structs.replace(usual, **changes)


def _play(reports: Sequence[InvocationReport]) -> Script:
    played = 0

    def script(_: Call) -> InvocationReport:
        nonlocal played
        played += 1
        return reports[(played - 1) % len(reports)]

    return script


def _round_up(ms: float) -> int:
    return int(-(-ms // 1))
