"""What the measurements yield: values that reports are drawn from and that are kept as JSON."""

from decimal import Decimal

import msgspec

from headstart.errors import InvalidValueError
from headstart.model.caveats import Caveat
from headstart.model.comparison import ComparisonResult
from headstart.model.function import Architecture
from headstart.model.invocation import InvocationReport
from headstart.model.sample import Summary
from headstart.model.snapstart import SnapStartResult


class ColdStartResult(msgspec.Struct, frozen=True, kw_only=True):
    """Cold starts in fresh environments and the warm invocations after each, all in ms.

    ``first_invocation`` is the Duration of the invocation that paid the cold start; ``total`` is creation + init +
    first invocation, what the caller waits. ``runs`` are the cold invocations, in the order they were made;
    ``warm_billed_ms`` is the mean billed duration of the warm ones (0 when there are none).
    """

    environments: int
    creation: Summary
    boot: Summary
    function_init: Summary
    init: Summary
    first_invocation: Summary
    total: Summary
    warm: Summary | None
    failures: tuple[str, ...]
    runs: tuple[InvocationReport, ...]
    warm_billed_ms: float = 0.0
    caveats: tuple[Caveat, ...] = ()


class ImportNode(msgspec.Struct, frozen=True, kw_only=True):
    """One module's load, under the module whose import statement caused it.

    ``self_ms`` is its own execution, ``cumulative_ms`` includes what it loaded; ``memory_mb`` is resident memory added,
    cumulative; ``files`` are files opened, cumulative. ``used``: something of this very module was used while the
    events were handled; ``subtree_used``: of it or of anything it loaded. ``line`` is the line of the import statement
    in ``importer`` (a path in the package, or empty); ``own_statement``: that file is the user's own code, not of an
    installed package. ``in_package``: the module is shipped with the function (not part
    of Python or of the runtime). ``distribution`` is the top-level package it belongs to. ``in_handler``: loaded
    during an invocation, not in init.
    """

    module: str
    self_ms: float
    cumulative_ms: float
    memory_mb: float
    files: int
    used: bool
    subtree_used: bool
    in_package: bool
    distribution: str
    importer: str = ""
    line: int = 0
    own_statement: bool = False
    in_handler: bool = False
    has_bytecode: bool = True
    children: tuple["ImportNode", ...] = ()


class TopLevelWork(msgspec.Struct, frozen=True, kw_only=True):
    """A line of module-level code that is not an import and took time in init."""

    path: str
    line: int
    source: str
    self_ms: float


class HandlerWork(msgspec.Struct, frozen=True, kw_only=True):
    """A call made during the events that belongs in init: an SDK client or session created in the handler, again in
    later invocations. At least ``calls`` were made in the ``events`` invocations of the profile run."""

    path: str
    line: int
    source: str
    what: str
    median_ms: float
    calls: int
    events: int


class ImportsResult(msgspec.Struct, frozen=True, kw_only=True):
    """The import tree of one profile run (apart from timed runs, and slower than they are).

    ``scale_ratio`` turns profiled ms into timed ms: median function init of the timed runs over that of the profile
    run; the ms in the tree are already scaled by it. ``unused_ms`` is self time of package modules of which nothing was
    used by the events.
    """

    roots: tuple[ImportNode, ...]
    top_level: tuple[TopLevelWork, ...]
    handler_work: tuple[HandlerWork, ...]
    total_ms: float
    modules: int
    unused_ms: float
    without_bytecode: int
    scale_ratio: float
    events: int
    caveats: tuple[Caveat, ...] = ()


class AllocationSite(msgspec.Struct, frozen=True, kw_only=True):
    """A line that holds memory at the end of the events, by tracemalloc."""

    path: str
    line: int
    source: str
    mb: float
    blocks: int


class MemoryResult(msgspec.Struct, frozen=True, kw_only=True):
    """Memory in MB. ``series_mb`` is resident memory after each warm invocation of one environment, in order.

    ``growth_mb_per_1000`` is the least-squares slope over the later half of the series with its 95 % interval;
    ``leaks`` is set when that interval is above zero, the growth is more than 1 MB per 1,000 invocations, and each
    quarter of that half is higher than the one before it, the last rise at least half of the first (neither one step
    nor warming up is a leak).
    """

    memory_size_mb: int
    peak_init_mb: float
    peak_invoke_mb: float
    max_used_mb: float
    series_mb: tuple[float, ...]
    growth_mb_per_1000: float
    growth_low: float
    growth_high: float
    leaks: bool
    allocations: tuple[AllocationSite, ...] = ()
    caveats: tuple[Caveat, ...] = ()


class CurvePoint(msgspec.Struct, frozen=True, kw_only=True):
    """Warm duration at one memory size; ``n`` is 0 for a point computed by the model."""

    memory_mb: int
    duration_ms: float
    low_ms: float
    high_ms: float
    cost_usd_per_million: Decimal
    n: int
    outcome: str = "succeeded"


class CpuResult(msgspec.Struct, frozen=True, kw_only=True):
    """CPU of warm invocations at the configured size, and the curve over memory sizes.

    ``parallelism`` is CPU time over wall time while not throttled: about 1 for a single busy thread, near 0 for a
    function that waits. The model is t(m) = ``io_ms`` + ``cpu_ms`` · s^-``exponent``, with s = min(m / 1769,
    parallelism but at least 1, vCPUs); ``model_error_ratio`` is its median relative error at measured
    points, each predicted from the others.
    """

    cpu: Summary
    wall: Summary
    parallelism: float
    curve: tuple[CurvePoint, ...]
    io_ms: float
    cpu_ms: float
    model_error_ratio: float
    exponent: float = 1.0
    caveats: tuple[Caveat, ...] = ()


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Expected traffic. ``cold_ratio`` is the share of cold starts (AWS: "typically under 1 %").

    Raises:
        InvalidValueError: fewer than 0 invocations, or a share outside 0 … 1.
    """

    invocations_per_month: int = 1_000_000
    cold_ratio: float = 0.01

    def __post_init__(self) -> None:
        if self.invocations_per_month < 0:
            raise InvalidValueError("invocations_per_month", self.invocations_per_month, allowed="0 or more")
        if not 0 <= self.cold_ratio <= 1:
            raise InvalidValueError("cold_ratio", self.cold_ratio, allowed="0 … 1", hint="0.01 is one in a hundred")


class CostResult(msgspec.Struct, frozen=True, kw_only=True):
    """Cost in USD at list price, first tier, without the free tier. ``*_per_million`` is per million invocations."""

    region: str
    architecture: Architecture
    memory_size_mb: int
    traffic: Traffic
    request_per_million: Decimal
    duration_per_million: Decimal
    init_per_million: Decimal
    storage_per_million: Decimal
    total_per_million: Decimal
    total_per_month: Decimal
    prices_as_of: str


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. ``saves_cold_ms`` per cold start, ``saves_warm_ms`` per warm invocation, ``saves_usd_month``
    at the stated traffic. ``measured``: both variants were run; else computed from this run's measurements.
    ``evidence`` is one sentence with the figures; ``place`` is path:line where there is one."""

    id: str
    title: str
    action: str
    evidence: str
    saves_cold_ms: float
    saves_warm_ms: float
    saves_usd_month: Decimal
    measured: bool
    place: str = ""


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The machine, and by what means it enforced what Lambda enforces (``cpu``, ``memory``, ``freeze``, ``files``)."""

    platform: str
    cpus: int
    python: str
    headstart: str
    cpu: str
    memory: str
    freeze: str
    files: str


class FunctionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The function as it was measured. ``package_mb`` is unzipped, code and layers together; ``package_zipped_mb`` is
    None where nobody asked."""

    name: str
    handler: str
    runtime: str
    architecture: Architecture
    memory_mb: int
    timeout_s: int
    region: str
    code: str
    package_mb: float
    package_files: int
    events: tuple[str, ...]
    package_zipped_mb: float | None = None


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that ``headstart check`` found out; advice is ranked, the one that matters most first.

    ``snapstart`` is there where it was asked for.
    """

    format: int = 1
    created: str
    function: FunctionFacts
    host: HostFacts
    cold_start: ColdStartResult
    imports: ImportsResult
    memory: MemoryResult
    cpu: CpuResult
    cost: CostResult
    advice: tuple[Advice, ...]
    caveats: tuple[Caveat, ...]
    comparison: ComparisonResult | None = None
    snapstart: SnapStartResult | None = None
