"""Realistic results for the tests of the reports and the command line."""

from decimal import Decimal

from import_tree_fixture import import_tree

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.comparison import ComparisonResult, Difference
from headstart.model.function import Architecture
from headstart.model.invocation import InitReport, InitStatus, InvocationReport, LogLine, Succeeded
from headstart.model.results import (
    Advice,
    AllocationSite,
    CheckResult,
    ColdStartResult,
    CostResult,
    CpuResult,
    CurvePoint,
    FunctionFacts,
    HandlerWork,
    HostFacts,
    ImportNode,
    ImportsResult,
    MemoryResult,
    TopLevelWork,
    Traffic,
)
from headstart.model.sample import summarize

_CREATION_MS = (11.9, 12.4, 13.0, 12.1, 15.8, 12.2, 11.7, 12.6, 12.3, 14.1)
_BOOT_MS = (92.1, 88.4, 90.3, 95.7, 121.4, 89.9, 91.0, 90.6, 93.2, 90.1)
_INIT_MS = (1011.0, 1032.8, 1004.5, 1044.2, 1220.6, 1018.3, 1009.9, 1027.0, 1013.4, 1060.2)
_FIRST_MS = (214.2, 221.9, 209.8, 230.4, 268.0, 216.6, 211.3, 219.5, 218.8, 225.0)


def cold_run(number: int) -> InvocationReport:
    """The cold run at a position of the sample above."""
    init = InitReport(
        status=InitStatus.SUCCESS,
        creation_ms=_CREATION_MS[number],
        boot_ms=_BOOT_MS[number],
        function_ms=_INIT_MS[number],
        cpu_ms=_INIT_MS[number] * 0.93,
        peak_memory_mb=131.5,
    )
    return InvocationReport(
        request_id=f"8286a188-ba32-4475-8077-53d9f0e1f{number:03d}",
        environment_id=f"env-{number}",
        event_name="monthly invoice",
        outcome=Succeeded(b'{"ok":true}'),
        started_s=1_795_000_000.0 + number,
        duration_ms=_FIRST_MS[number],
        billed_ms=1330,
        memory_size_mb=512,
        max_memory_mb=149.0,
        memory_mb=146.2,
        cpu_ms=61.0,
        throttled_ms=148.0,
        init=init,
        log=(
            LogLine(1_795_000_000.0, "INIT_START Runtime Version: python:3.11", "platform"),
            LogLine(1_795_000_000.1, "a secret line of the function"),
            LogLine(1_795_000_000.2, "REPORT RequestId: 8286a188", "platform"),
        ),
    )


def imports_result(roots: tuple[ImportNode, ...]) -> ImportsResult:
    """The imports with their top-level and handler work."""
    return ImportsResult(
        roots=roots,
        top_level=(
            TopLevelWork(path="app.py", line=19, source='RATES = load_rates("rates.csv")', self_ms=84.3),
            TopLevelWork(path="app.py", line=23, source="TEMPLATES = compile_all()", self_ms=31.0),
        ),
        handler_work=(
            HandlerWork(
                path="app.py",
                line=41,
                source='s3 = boto3.client("s3")',
                what="boto3.client('s3')",
                median_ms=38.4,
                calls=190,
                events=190,
            ),
        ),
        total_ms=sum(root.cumulative_ms for root in roots),
        modules=612,
        unused_ms=503.9,
        without_bytecode=14,
        scale_ratio=0.61,
        events=3,
    )


def memory_result() -> MemoryResult:
    """Sixty warm invocations that keep a little each."""
    series = tuple(146.0 + 0.042 * step + (0.3 if step % 7 == 0 else 0.0) for step in range(60))
    return MemoryResult(
        memory_size_mb=512,
        peak_init_mb=131.5,
        peak_invoke_mb=151.2,
        max_used_mb=151.2,
        series_mb=series,
        growth_mb_per_1000=41.6,
        growth_low=38.9,
        growth_high=44.3,
        leaks=True,
        allocations=(AllocationSite(path="app.py", line=52, source="CACHE[event_id] = rows", mb=2.4, blocks=1810),),
    )


def cpu_result() -> CpuResult:
    """Four sizes measured, the rest from the law."""

    def point(memory_mb: int, duration_ms: float, *, cost: str, n: int = 12, outcome: str = "succeeded") -> CurvePoint:
        spread = duration_ms * 0.04 if n else 0.0
        return CurvePoint(
            memory_mb=memory_mb,
            duration_ms=duration_ms,
            low_ms=duration_ms - spread,
            high_ms=duration_ms + spread,
            cost_usd_per_million=Decimal(cost),
            n=n,
            outcome=outcome,
        )

    return CpuResult(
        cpu=summarize([60.2, 61.0, 60.7, 62.9, 60.1, 61.4]),
        wall=summarize([208.0, 212.4, 209.8, 215.0, 210.3, 211.7]),
        parallelism=0.97,
        curve=(
            point(128, 0.0, cost="0", outcome="out_of_memory"),
            point(256, 424.0, cost="1.97"),
            point(512, 211.0, cost="1.96"),
            point(1024, 106.5, cost="1.98"),
            point(1769, 62.4, cost="2.00", n=0),
            point(3008, 61.9, cost="3.23", n=0),
            point(10240, 61.9, cost="10.52", n=0),
        ),
        io_ms=1.8,
        cpu_ms=60.6,
        model_error_ratio=0.034,
        caveats=(Caveat(CaveatCode.MODEL, "sizes above 1,024 MB"),),
    )


def advice() -> tuple[Advice, ...]:
    """Ranked, the one that matters most first."""
    return (
        Advice(
            id="unused-import",
            title="Import pandas only where it is used",
            action="Move `import pandas as pd` into export_xlsx(), the one function that needs it.",
            evidence="pandas and what it loads take 449 ms of the 1,024 ms of function init; none of 3 events used it.",
            saves_cold_ms=449.2,
            saves_warm_ms=0.0,
            saves_usd_month=Decimal("0.0374"),
            measured=True,
            place="app.py:4",
        ),
        Advice(
            id="client-in-handler",
            title="Create the S3 client once, in init",
            action="Move `s3 = boto3.client('s3')` to module level.",
            evidence="boto3.client('s3') ran in 190 of 190 invocations, 38.4 ms each at the median.",
            saves_cold_ms=0.0,
            saves_warm_ms=38.4,
            saves_usd_month=Decimal("0.32"),
            measured=False,
            place="app.py:41",
        ),
        Advice(
            id="bytecode",
            title="Ship bytecode",
            action="Run `python -m compileall` before packaging.",
            evidence="14 of 612 modules had no .pyc and were compiled in every cold start.",
            saves_cold_ms=72.0,
            saves_warm_ms=0.0,
            saves_usd_month=Decimal(0),
            measured=False,
        ),
    )


def check_result(roots: tuple[ImportNode, ...] | None = None) -> CheckResult:
    """A realistic result, with the import tree that is given."""
    runs = tuple(cold_run(number) for number in range(10))
    totals = [sum(parts) for parts in zip(_CREATION_MS, _BOOT_MS, _INIT_MS, _FIRST_MS, strict=True)]
    return CheckResult(
        created="2026-11-23T10:20:30Z",
        function=FunctionFacts(
            name="invoice",
            handler="app.lambda_handler",
            runtime="python3.11",
            architecture=Architecture.X86_64,
            memory_mb=512,
            timeout_s=30,
            region="eu-central-1",
            code="examples/invoice",
            package_mb=118.4,
            package_files=4210,
            events=("monthly invoice", "single line", "refund"),
        ),
        host=HostFacts(
            platform="Linux 6.1 x86_64",
            cpus=2,
            python="3.11.2",
            headstart="0.1.0",
            cpu="cgroup v2, quota of 5.8 ms in 20 ms",
            memory="cgroup v2, memory.max",
            freeze="cgroup v2, cgroup.freeze",
            files="mount namespace, read-only task root",
        ),
        cold_start=ColdStartResult(
            environments=10,
            creation=summarize(_CREATION_MS),
            boot=summarize(_BOOT_MS),
            function_init=summarize(_INIT_MS),
            init=summarize([boot + init for boot, init in zip(_BOOT_MS, _INIT_MS, strict=True)]),
            first_invocation=summarize(_FIRST_MS),
            total=summarize(totals),
            warm=summarize([208.0, 212.4, 209.8, 215.0, 210.3, 211.7]),
            failures=(),
            runs=runs,
        ),
        imports=imports_result(import_tree() if roots is None else roots),
        memory=memory_result(),
        cpu=cpu_result(),
        cost=CostResult(
            region="eu-central-1",
            architecture=Architecture.X86_64,
            memory_size_mb=512,
            traffic=Traffic(invocations_per_month=5_000_000, cold_ratio=0.01),
            request_per_million=Decimal("0.20"),
            duration_per_million=Decimal("1.7583"),
            init_per_million=Decimal("0.0929"),
            storage_per_million=Decimal(0),
            total_per_million=Decimal("2.0512"),
            total_per_month=Decimal("10.256"),
            prices_as_of="2026-11-01",
        ),
        advice=advice(),
        caveats=(Caveat(CaveatCode.CONTENDED_HOST, "7 % of the wall time was lost to other programs"),),
    )


def comparison_result() -> ComparisonResult:
    """Better in one figure, worse in another."""
    return ComparisonResult(
        old_name="main",
        new_name="lazy-pandas",
        interleaved=True,
        differences=(
            Difference(name="cold start", unit="ms", old=1340.0, new=890.6, ratio=890.6 / 1340.0, verdict="better"),
            Difference(name="warm invocation", unit="ms", old=210.4, new=211.0, ratio=211.0 / 210.4, verdict="same"),
            Difference(name="max memory used", unit="MB", old=151.2, new=160.0, ratio=160.0 / 151.2, verdict="worse"),
            Difference(name="leak", unit="MB", old=0.0, new=0.0, ratio=0.0, verdict="same"),
            Difference(name="cost per million", unit="USD", old=2.05, new=1.98, ratio=1.98 / 2.05, verdict="better"),
        ),
        verdict="better: 449 ms off the cold start",
        caveats=(Caveat(CaveatCode.TOO_FEW_RUNS, "cold start: n = 5"),),
    )
