"""A small function and its findings, for the tests of measure."""

from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec

from headstart.measure.findings import Findings
from headstart.model.function import Architecture, FunctionSpec, MemorySize
from headstart.model.invocation import Event
from headstart.model.results import (
    ColdStartResult,
    CostResult,
    CpuResult,
    CurvePoint,
    FunctionFacts,
    HostFacts,
    ImportNode,
    ImportsResult,
    MemoryResult,
    Traffic,
)
from headstart.model.sample import summarize

EVENTS = (Event(b"{}", name="usual", weight=9), Event(b"{}", name="rare", weight=1))
HOST = HostFacts(
    platform="Linux", cpus=2, python="3.11", headstart="0.1", cpu="cgroup", memory="cgroup", freeze="cgroup", files="ns"
)


class Listener:
    """Keeps what Progress was told."""

    def __init__(self):
        self.told = []

    def start(self, stage, total=None):
        self.told.append(("start", stage, total))

    def advance(self, stage, steps=1):
        self.told.append(("advance", stage, steps))

    def finish(self, stage):
        self.told.append(("finish", stage))


def spec(mb=512, **changes):
    return FunctionSpec(name="f", code=Path("f"), handler="app.handler", memory=MemorySize(mb), **changes)


def shuffle():
    return Random(1)


def facts(**changes):
    usual = FunctionFacts(
        name="f",
        handler="app.handler",
        runtime="python3.11",
        architecture=Architecture.X86_64,
        memory_mb=512,
        timeout_s=10,
        region="us-east-1",
        code="f",
        package_mb=40.0,
        package_files=900,
        events=("usual", "rare"),
    )
    return msgspec.structs.replace(usual, **changes)


def around(median, n=10, spread=0.01):
    return summarize([median * (1 + spread * (i - (n - 1) / 2) / n) for i in range(n)])


def cold_start(init_ms=800.0, first_ms=60.0, warm_ms=40.0, **changes):
    usual = ColdStartResult(
        environments=10,
        creation=around(10.0),
        boot=around(50.0),
        function_init=around(init_ms - 50),
        init=around(init_ms),
        first_invocation=around(first_ms),
        total=around(10 + init_ms + first_ms),
        warm=around(warm_ms, n=50),
        failures=(),
        runs=(),
        warm_billed_ms=warm_ms,
    )
    return msgspec.structs.replace(usual, **changes)


def node(module, self_ms=0.0, *children, **changes):
    usual = ImportNode(
        module=module,
        self_ms=self_ms,
        cumulative_ms=self_ms + sum(child.cumulative_ms for child in children),
        memory_mb=sum(child.memory_mb for child in children),
        files=1,
        used=False,
        subtree_used=any(child.subtree_used for child in children),
        in_package=True,
        distribution=module.partition(".")[0],
        children=children,
    )
    return msgspec.structs.replace(usual, **changes)


def imports(*roots, **changes):
    usual = ImportsResult(
        roots=roots,
        top_level=(),
        handler_work=(),
        total_ms=0.0,
        modules=len(roots),
        unused_ms=0.0,
        without_bytecode=0,
        scale_ratio=1.0,
        events=4,
    )
    return msgspec.structs.replace(usual, **changes)


def memory(used_mb=150.0, **changes):
    usual = MemoryResult(
        memory_size_mb=512,
        peak_init_mb=used_mb,
        peak_invoke_mb=used_mb,
        max_used_mb=used_mb,
        series_mb=(used_mb,) * 60,
        growth_mb_per_1000=0.0,
        growth_low=-0.1,
        growth_high=0.1,
        leaks=False,
    )
    return msgspec.structs.replace(usual, **changes)


def point(mb, ms, usd, *, n=10, error=0.02, outcome="succeeded"):
    return CurvePoint(
        memory_mb=mb,
        duration_ms=ms,
        low_ms=ms * (1 - error),
        high_ms=ms * (1 + error),
        cost_usd_per_million=Decimal(usd),
        n=n,
        outcome=outcome,
    )


def cpu(*curve):
    return CpuResult(
        cpu=around(10.0), wall=around(40.0), parallelism=1.0, curve=curve, io_ms=0, cpu_ms=0, model_error_ratio=0.05
    )


def cost(**changes):
    usual = CostResult(
        region="us-east-1",
        architecture=Architecture.X86_64,
        memory_size_mb=512,
        traffic=Traffic(),
        request_per_million=Decimal("0.2"),
        duration_per_million=Decimal("0.33"),
        init_per_million=Decimal("0.07"),
        storage_per_million=Decimal(0),
        total_per_million=Decimal("0.6"),
        total_per_month=Decimal("0.6"),
        prices_as_of="2026-10-01",
    )
    return msgspec.structs.replace(usual, **changes)


def findings(**changes):
    usual = Findings(
        function=facts(),
        cold_start=cold_start(),
        imports=imports(),
        memory=memory(),
        cpu=cpu(point(512, 40.0, "0.53")),
        cost=cost(),
    )
    return msgspec.structs.replace(usual, **changes)
