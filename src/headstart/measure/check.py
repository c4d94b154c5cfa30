"""The whole check of a function, from cold starts to advice."""

from collections.abc import Sequence
from random import Random

import msgspec

from headstart.measure import cold_start, cpu, imports, memory, snapstart
from headstart.measure.advice import advise
from headstart.measure.cost import cost
from headstart.measure.findings import Findings
from headstart.model import tally
from headstart.model.bundle import BundleFacts
from headstart.model.invocation import Event, Invoker, Profiler
from headstart.model.progress import Progress
from headstart.model.results import CheckResult, ColdStartResult, CostResult, FunctionFacts, HostFacts, Traffic
from headstart.model.snapstart import Snapshots, SnapStartResult


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How much to measure. ``allocations``: also find, in a run of its own, what holds memory; ``snapstart``: also see
    whether snapshots are safe, and pay."""

    runs: int = 10
    warm_per_environment: int = 5
    memory_invocations: int = 60
    allocations: bool = False
    snapstart: bool = False


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A function to check, and what is known of it. ``precompiled`` invokes its copy with bytecode; ``snapshots`` are
    None where none can be taken. ``bundle`` is what a bundle says of itself; ``eager`` invokes one that defers or
    preloads without either."""

    invoker: Invoker
    profiler: Profiler
    events: tuple[Event, ...]
    function: FunctionFacts
    traffic: Traffic = Traffic()
    precompiled: Invoker | None = None
    snapshots: Snapshots | None = None
    bundle: BundleFacts | None = None
    eager: Invoker | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """When, where and how a check is made. ``created`` is ISO 8601."""

    created: str
    host: HostFacts
    shuffle: Random
    progress: Progress
    options: CheckOptions = CheckOptions()


async def check(subject: Subject, *, session: Session) -> CheckResult:
    """Measure and explain one function; its copy with bytecode, if any, is run in turn with it."""
    cold_starts = await start_cold(variants_of(subject), subject.events, session=session)
    return await explain(subject, cold_starts, session=session)


async def explain(subject: Subject, cold_starts: Sequence[ColdStartResult], *, session: Session) -> CheckResult:
    """Everything after the cold starts of the function and, when it has one, of its copy with bytecode."""
    cold, *precompiled = cold_starts
    options, progress, invoker, events = session.options, session.progress, subject.invoker, subject.events
    tree = await imports.measure(
        subject.profiler, events, timed_function_init_ms=cold.function_init.median, progress=progress
    )
    used = await memory.measure(
        invoker,
        events,
        invocations=options.memory_invocations,
        progress=progress,
        profiler=subject.profiler if options.allocations else None,
    )
    curve = await cpu.measure(invoker, events, progress=progress)
    price = cost(cold, invoker.spec, traffic=subject.traffic)
    findings = Findings(
        function=subject.function,
        cold_start=cold,
        imports=tree,
        memory=used,
        cpu=curve,
        cost=price,
        precompiled=precompiled[0] if precompiled else None,
    )
    return CheckResult(
        created=session.created,
        function=subject.function,
        host=session.host,
        cold_start=cold,
        imports=tree,
        memory=used,
        cpu=curve,
        cost=price,
        advice=advise(findings),
        caveats=tally.distinct(cold.caveats, tree.caveats, used.caveats, curve.caveats),
        snapstart=await _snapstart(subject, cold, price=price, session=session),
    )


async def _snapstart(
    subject: Subject, cold: ColdStartResult, *, price: CostResult, session: Session
) -> SnapStartResult | None:
    if not session.options.snapstart:
        return None
    return await snapstart.measure(
        subject.snapshots,
        subject.events,
        spec=subject.invoker.spec,
        cold=cold,
        cost=price,
        progress=session.progress,
    )


def variants_of(subject: Subject) -> list[Invoker]:
    """The function, and its copy with bytecode where it has one."""
    return [subject.invoker, subject.precompiled] if subject.precompiled else [subject.invoker]


async def start_cold(
    invokers: Sequence[Invoker], events: Sequence[Event], *, session: Session
) -> tuple[ColdStartResult, ...]:
    """The cold starts of each, run in turn."""
    return await cold_start.measure_interleaved(
        invokers,
        events,
        runs=session.options.runs,
        warm_per_environment=session.options.warm_per_environment,
        shuffle=session.shuffle,
        progress=session.progress,
    )
