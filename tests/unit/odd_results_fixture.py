"""Results that try the reports: bare ones, mixes of bare and full, and a hostile one."""

from decimal import Decimal
from itertools import product

import msgspec
from import_tree_fixture import node
from results_fixture import check_result

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import FunctionError, InvocationReport
from headstart.model.results import (
    CheckResult,
    ColdStartResult,
    CpuResult,
    ImportsResult,
    MemoryResult,
    TopLevelWork,
    Traffic,
)
from headstart.model.sample import summarize

HOSTILE = "</script><script>alert('x')</script>\"&<b>"


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
