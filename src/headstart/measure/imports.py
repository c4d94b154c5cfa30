"""The import tree: what each module cost in init, and whether the events used it; from one profile run."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from headstart.errors import LabError
from headstart.measure import profiling
from headstart.model import tally
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import Event, Profiler
from headstart.model.progress import Progress
from headstart.model.results import HandlerWork, ImportNode, ImportsResult, TopLevelWork
from headstart.model.sample import median

STAGE = "imports"
PROBE = "probe_imports"
# Each event is sent this often, so that what is made once and kept differs from what every invocation makes again.
ROUNDS = 2
_SCALE_RATIO_RANGE = (0.05, 2.0)
_NO_PARENT = -1


class _Module(msgspec.Struct, frozen=True):
    """One load as the probe recorded it; see ``ImportNode`` for the meaning."""

    id: int
    parent: int
    module: str
    self_ms: float
    cumulative_ms: float
    memory_kb: float
    files: int
    in_package: bool
    distribution: str
    used: bool
    importer: str = ""
    line: int = 0
    own_statement: bool = False
    in_handler: bool = False
    has_bytecode: bool = True


class _TopLevel(msgspec.Struct, frozen=True):
    path: str
    line: int
    source: str
    self_ms: float


class _HandlerCalls(msgspec.Struct, frozen=True):
    path: str
    line: int
    source: str
    what: str
    durations_ms: tuple[float, ...]
    events: int

    def is_made_again(self, sent: int) -> bool:
        """Whether later invocations make it again, given ``sent`` invocations in ROUNDS rounds of the same events.

        What is kept is made in the first round only, so in no more invocations than that round has. ``durations_ms``
        are those of later rounds where there are any.
        """
        return self.events > sent / ROUNDS or len(self.durations_ms) < self.events


class _Record(msgspec.Struct, frozen=True):
    """What ``probe_imports`` hands over; every ms as profiled, ``events`` the number of invocations."""

    profiled_init_ms: float = 0.0
    modules: tuple[_Module, ...] = ()
    top_level: tuple[_TopLevel, ...] = ()
    handler_work: tuple[_HandlerCalls, ...] = ()
    events: int = 0


async def measure(
    profiler: Profiler, events: Sequence[Event], *, timed_function_init_ms: float, progress: Progress
) -> ImportsResult:
    """Profile one environment with the events; ms are scaled to ``timed_function_init_ms``.

    Raises:
        LabError: the probe failed, or its record cannot be understood.
    """
    with tally.stage(progress, STAGE):
        record = await profiling.record(profiler, PROBE, events=list(events) * ROUNDS)
    return from_record(record, timed_function_init_ms=timed_function_init_ms)


def from_record(record: Mapping[str, Any], *, timed_function_init_ms: float) -> ImportsResult:
    """The result that a record of the probe stands for; an empty record gives an empty tree and says so.

    Raises:
        LabError: the record cannot be understood.
    """
    try:
        parsed = msgspec.convert(record, _Record, strict=False)
    except msgspec.ValidationError as error:
        raise LabError(f"the import profile cannot be understood: {error}", hint=profiling.DEFECT_HINT) from error
    scale_ratio, caveats = _scale(timed_function_init_ms, parsed.profiled_init_ms)
    if not parsed.modules:
        caveats = (Caveat(CaveatCode.INVOCATION_FAILED, "the profile run recorded no import"), *caveats)
    roots = _tree(parsed.modules, scale_ratio)
    in_init = [node for node in walk(roots) if not node.in_handler]
    return ImportsResult(
        roots=roots,
        top_level=tuple(
            TopLevelWork(path=work.path, line=work.line, source=work.source, self_ms=work.self_ms * scale_ratio)
            for work in parsed.top_level
        ),
        handler_work=tuple(
            _handler_work(work, scale_ratio=scale_ratio, events=parsed.events)
            for work in parsed.handler_work
            if work.durations_ms and work.is_made_again(parsed.events)
        ),
        total_ms=sum(node.self_ms for node in in_init),
        modules=len(parsed.modules),
        unused_ms=sum(node.self_ms for node in in_init if node.in_package and not node.used),
        without_bytecode=sum(node.in_package and not node.has_bytecode for node in in_init),
        scale_ratio=scale_ratio,
        events=parsed.events,
        caveats=caveats,
    )


def walk(nodes: Sequence[ImportNode]) -> Iterator[ImportNode]:
    """Every node of the trees, each before what it loaded."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def _scale(timed_ms: float, profiled_ms: float) -> tuple[float, tuple[Caveat, ...]]:
    """The ratio that turns profiled ms into timed ms, and the doubt when it cannot be trusted."""
    if timed_ms <= 0 or profiled_ms <= 0:
        return 1.0, (Caveat(CaveatCode.MODEL, "import times are as profiled, slower than without the profiler"),)
    low, high = _SCALE_RATIO_RANGE
    ratio = timed_ms / profiled_ms
    if low <= ratio <= high:
        return ratio, ()
    detail = f"the profile run's init took {profiled_ms:.0f} ms, the timed runs' {timed_ms:.0f} ms; imports may be off"
    return min(max(ratio, low), high), (Caveat(CaveatCode.WIDE_SPREAD, detail),)


def _tree(modules: Sequence[_Module], scale_ratio: float) -> tuple[ImportNode, ...]:
    """The modules as trees, siblings in the order of their loading."""
    known = {module.id for module in modules}
    loaded_by: dict[int, list[_Module]] = defaultdict(list)
    for module in modules:
        loaded_by[module.parent if module.parent in known else _NO_PARENT].append(module)

    def node(module: _Module) -> ImportNode:
        children = tuple(node(child) for child in loaded_by[module.id])
        return ImportNode(
            module=module.module,
            self_ms=module.self_ms * scale_ratio,
            cumulative_ms=module.cumulative_ms * scale_ratio,
            memory_mb=module.memory_kb / 1024,
            files=module.files,
            used=module.used,
            subtree_used=module.used or any(child.subtree_used for child in children),
            in_package=module.in_package,
            distribution=module.distribution,
            importer=module.importer,
            line=module.line,
            own_statement=module.own_statement,
            in_handler=module.in_handler,
            has_bytecode=module.has_bytecode,
            children=children,
        )

    return tuple(node(module) for module in loaded_by[_NO_PARENT])


def _handler_work(work: _HandlerCalls, *, scale_ratio: float, events: int) -> HandlerWork:
    return HandlerWork(
        path=work.path,
        line=work.line,
        source=work.source,
        what=work.what,
        median_ms=median(work.durations_ms) * scale_ratio,
        calls=max(work.events, len(work.durations_ms)),
        events=events,
    )
