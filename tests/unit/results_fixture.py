"""Results for the tests of the reports: a realistic one, a bare one, a large one and a hostile one."""

from decimal import Decimal
from itertools import product

import msgspec

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.function import Architecture
from headstart.model.invocation import FunctionError, InitReport, InitStatus, InvocationReport, LogLine, Succeeded
from headstart.model.results import (
    Advice,
    AllocationSite,
    CheckResult,
    ColdStartResult,
    ComparisonResult,
    CostResult,
    CpuResult,
    CurvePoint,
    Difference,
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

HOSTILE = "</script><script>alert('x')</script>\"&<b>"

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


def node(module: str, self_ms: float, *children: ImportNode, used: bool = False, place: str = "") -> ImportNode:
    """An import whose sums follow from its children; ``place`` is importer:line."""
    importer, _, line = place.partition(":")
    standard = module.split(".", maxsplit=1)[0] in {"json", "decimal", "http", "logging", "sqlite3", "xml", "email"}
    return ImportNode(
        module=module,
        self_ms=self_ms,
        cumulative_ms=self_ms + sum(child.cumulative_ms for child in children),
        memory_mb=self_ms * 0.08 + sum(child.memory_mb for child in children),
        files=2 + sum(child.files for child in children),
        used=used,
        subtree_used=used or any(child.subtree_used for child in children),
        in_package=not standard,
        distribution=module.split(".", maxsplit=1)[0],
        importer=importer,
        line=int(line or 0),
        has_bytecode=module != "app",
        children=children,
    )


def import_tree() -> tuple[ImportNode, ...]:
    """The usual sins: pandas and boto3 at the top, for one rare branch."""
    numpy = node(
        "numpy",
        18.0,
        node("numpy._core", 31.0, node("numpy._core.multiarray", 24.5), node("numpy._core.numeric", 9.1)),
        node("numpy.linalg", 11.2),
        node("numpy.random", 22.8, node("numpy.random._generator", 8.0)),
        node("numpy.ma", 9.7),
        place="pandas/__init__.py:16",
    )
    pandas = node(
        "pandas",
        4.1,
        numpy,
        node("pytz", 12.0, place="pandas/__init__.py:16"),
        node("dateutil", 1.4, node("dateutil.parser", 9.9), place="pandas/__init__.py:16"),
        node("pandas._libs", 38.0, node("pandas._libs.tslibs", 44.0), node("pandas._libs.interval", 7.1)),
        node("pandas.core", 21.0, node("pandas.core.frame", 62.0), node("pandas.core.arrays", 48.5)),
        node("pandas.io", 14.0, node("pandas.io.formats", 18.0), node("pandas.io.excel", 13.3)),
        place="app.py:4",
    )
    botocore = node(
        "botocore",
        3.0,
        node("botocore.session", 14.0, node("botocore.client", 21.0), used=True),
        node("urllib3", 6.0, node("http.client", 4.0, node("email.parser", 6.2)), place="botocore/httpsession.py:9"),
        place="boto3/session.py:17",
    )
    boto3 = node("boto3", 2.2, node("boto3.session", 3.1), botocore, place="app.py:5")
    pydantic = node("pydantic", 12.0, node("pydantic_core", 33.0, used=True), used=True, place="app.py:6")
    jinja2 = node("jinja2", 6.0, node("jinja2.environment", 14.0, used=True), node("markupsafe", 2.0), place="app.py:7")
    standard = (node("json", 0.2, used=True, place="app.py:1"), node("sqlite3", 5.4, place="app.py:2"))
    late = msgspec.structs.replace(node("xml.etree", 7.5, used=True, place="app.py:88"), in_handler=True)
    app = node("app", 4.0, *standard, pandas, boto3, pydantic, jinja2, used=True)
    return app, late


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


def large_tree(modules: int) -> tuple[ImportNode, ...]:
    """A tree of about that many modules with long names, forty to a package."""
    packages = tuple(
        node(
            f"enterprise_library_{package}",
            3.0,
            *(
                node(
                    f"enterprise_library_{package}.subpackage_{leaf}.implementation_module_{leaf}",
                    0.4 + leaf / 40,
                    used=leaf % 2 == 0,
                    place=f"enterprise_library_{package}/subpackage_{leaf}/__init__.py:{leaf + 1}",
                )
                for leaf in range(39)
            ),
            place=f"app.py:{package + 1}",
        )
        for package in range(modules // 40)
    )
    return (node("app", 2.0, *packages, used=True),)


def bare_result() -> CheckResult:
    """Zero values, empty tuples and one run that failed."""
    zero = summarize([0.0])
    failed = InvocationReport(
        request_id="0",
        environment_id="",
        event_name="",
        outcome=FunctionError(b"", "Runtime.ImportModuleError", "no module"),
        started_s=0.0,
        duration_ms=0.0,
        billed_ms=0,
        memory_size_mb=128,
        max_memory_mb=0.0,
        memory_mb=0.0,
        cpu_ms=0.0,
    )
    full = check_result(())
    return msgspec.structs.replace(
        full,
        created="",
        function=msgspec.structs.replace(full.function, package_mb=0.0, package_files=0, events=(), memory_mb=128),
        cold_start=ColdStartResult(
            environments=1,
            creation=zero,
            boot=zero,
            function_init=zero,
            init=zero,
            first_invocation=zero,
            total=zero,
            warm=None,
            failures=("FunctionError: no module",),
            runs=(failed,),
        ),
        imports=ImportsResult(
            roots=(),
            top_level=(),
            handler_work=(),
            total_ms=0.0,
            modules=0,
            unused_ms=0.0,
            without_bytecode=0,
            scale_ratio=0.0,
            events=0,
        ),
        memory=MemoryResult(
            memory_size_mb=128,
            peak_init_mb=0.0,
            peak_invoke_mb=0.0,
            max_used_mb=0.0,
            series_mb=(),
            growth_mb_per_1000=0.0,
            growth_low=0.0,
            growth_high=0.0,
            leaks=False,
        ),
        cpu=CpuResult(cpu=zero, wall=zero, parallelism=0.0, curve=(), io_ms=0.0, cpu_ms=0.0, model_error_ratio=0.0),
        cost=msgspec.structs.replace(
            full.cost,
            traffic=Traffic(invocations_per_month=0, cold_ratio=0.0),
            request_per_million=Decimal(0),
            duration_per_million=Decimal(0),
            init_per_million=Decimal(0),
            total_per_million=Decimal(0),
            total_per_month=Decimal(0),
        ),
        advice=(),
        caveats=(),
    )


def mixed_results() -> list[CheckResult]:
    """Every mix of full and bare parts, and one whose samples are empty."""
    full, bare = check_result(), bare_result()
    parts = ("cold_start", "imports", "memory", "cpu", "cost")
    choices = product((full, bare), repeat=len(parts))
    mixes = [
        msgspec.structs.replace(
            full, **{part: getattr(result, part) for part, result in zip(parts, choice, strict=True)}
        )
        for choice in choices
    ]
    none = summarize([])
    names = ("creation", "boot", "function_init", "init", "first_invocation", "total")
    unmeasured = msgspec.structs.replace(
        bare.cold_start, environments=0, runs=(), warm=none, **dict.fromkeys(names, none)
    )
    cpu = msgspec.structs.replace(bare.cpu, cpu=none, wall=none)
    return [*mixes, msgspec.structs.replace(bare, cold_start=unmeasured, cpu=cpu)]


def hostile_result() -> CheckResult:
    """Names, lines and details that try to leave their place in the page or on the terminal."""
    full = check_result((node(HOSTILE, 5.0, node("[bold]x[/] \x1b[31m", 1.0, place=f"{HOSTILE}:1")),))
    return msgspec.structs.replace(
        full,
        function=msgspec.structs.replace(full.function, name=HOSTILE, code=HOSTILE, events=(HOSTILE, "é")),
        advice=tuple(msgspec.structs.replace(item, title=HOSTILE, evidence="[/]" + HOSTILE) for item in full.advice),
        caveats=(Caveat(CaveatCode.INVOCATION_FAILED, HOSTILE),),
        imports=msgspec.structs.replace(
            full.imports, top_level=(TopLevelWork(path=HOSTILE, line=1, source=HOSTILE, self_ms=1.0),)
        ),
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
