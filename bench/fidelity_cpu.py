"""Whether CPU is Lambda's: the share by memory size, the staircase of short functions, and the unthrottled init phase.

The work is an amount of CPU time, not of instructions: the machine-speed factor is thereby taken out of every single
invocation, and a host whose clock drifts blurs nothing. The AWS figures are in bench/data (see ORIGIN.md there);
``--aws FILE`` takes others of the same columns.
"""

import asyncio
import csv
import json
import random
import statistics
import tempfile
from pathlib import Path

import msgspec
import uvloop
from rows import Row, arguments, finish

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model import limits
from headstart.model.caveats import CaveatCode
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport

_AWS = Path(__file__).parent / "data" / "cpu_overallocation_aws_summary.csv"
_SHARE_SIZES_MB = (128, 256, 512, 1024, 1769)
_STAIR_SIZES_MB = (128, 186, 257, 363, 514, 699, 885, 1203, 1460, 1770)
# CPU time of one invocation of the function that was measured on AWS, and of ours for the share.
_AWS_CPU_MS = 17.3
_SHARE_CPU_MS = 100.0
_INIT_CPU_MS = 200.0

_SOURCE = """
import os, time

def burn(cpu_ms):
    end = time.process_time_ns() + int(cpu_ms * 1e6)
    while time.process_time_ns() < end:
        sum(i * i % 7 for i in range(200))

burn(float(os.environ.get("INIT_CPU_MS", "0")))

def handler(event, context):
    burn(event["cpu_ms"])
"""


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--aws", type=Path, default=_AWS, metavar="FILE", help="AWS durations by memory size")
    parser.add_argument("--runs", type=int, default=20, help="invocations at each size")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "app.py").write_text(_SOURCE)
        async with LocalLambda() as engine:
            spec = FunctionSpec(
                name="burner", code=Path(folder), handler="app.handler", memory=MemorySize(1769), timeout_s=60
            )
            bench = Bench(engine, spec, options.runs)
            rows = await bench.share()
            rows += await bench.staircase(_means(options.aws))
            rows += await bench.init()
    finish(rows, options)


class Bench:
    """Invokes the burner at many sizes in turn, so drift of the host favours none."""

    def __init__(self, engine: LocalLambda, spec: FunctionSpec, runs: int) -> None:
        self._engine, self._spec, self._runs = engine, spec, runs
        self._random = random.Random(17)

    async def _invoker(self, **changes) -> LocalInvoker:
        return LocalInvoker(self._engine, await self._engine.deploy(msgspec.structs.replace(self._spec, **changes)))

    async def _by_size(self, sizes_mb, cpu_ms: float, runs: int) -> dict[int, list[InvocationReport]]:
        invoker = await self._invoker()
        invokers = {size: invoker.at_memory(MemorySize(size)) for size in sizes_mb}
        reports: dict[int, list[InvocationReport]] = {size: [] for size in sizes_mb}
        for one in invokers.values():
            await one.invoke(_event(0.1), fresh=True)
        for _ in range(runs):
            for size in self._random.sample(list(sizes_mb), len(sizes_mb)):
                await asyncio.sleep(self._random.uniform(0.005, 0.025))
                reports[size].append(await invokers[size].invoke(_event(cpu_ms)))
        for one in invokers.values():
            await one.close()
        return reports

    async def share(self) -> list[Row]:
        reports = await self._by_size(_SHARE_SIZES_MB, _SHARE_CPU_MS, self._runs)
        product = {
            size: statistics.median(r.duration_ms for r in found) * min(1, size / limits.MEMORY_MB_PER_VCPU)
            for size, found in reports.items()
        }
        middle = statistics.median(product.values())
        return [
            Row(f"duration x share at {size} MB / median of sizes", value / middle, "", "0.92…1.08",
                f"{value:.1f} ms, median of {self._runs}{_contention(reports[size])}")
            for size, value in product.items()
        ]  # fmt: skip

    async def staircase(self, aws_ms: dict[int, float]) -> list[Row]:
        sizes = [min(aws_ms, key=lambda have: abs(have - size)) for size in _STAIR_SIZES_MB]
        reports = await self._by_size(sizes, _AWS_CPU_MS, 3 * self._runs)
        rows, errors = [], []
        for size in sizes:
            mean = statistics.mean(r.duration_ms for r in reports[size])
            errors.append(abs(mean / aws_ms[size] - 1))
            detail = (
                f"mean {mean:.1f} ms, on AWS {aws_ms[size]:.1f} ms, n = {3 * self._runs}{_contention(reports[size])}"
            )
            rows.append(Row(f"17.3 ms function at {size} MB / AWS", mean / aws_ms[size], "", "", detail))
        mean_error = statistics.mean(errors)
        detail = f"ten sizes, worst {max(errors):.0%}"
        return [*rows, Row("17.3 ms function, mean error against AWS", mean_error, "", "<= 0.10", detail)]

    async def init(self) -> list[Row]:
        invoker = await self._invoker(environment={"INIT_CPU_MS": str(_INIT_CPU_MS)})
        small, large = invoker.at_memory(MemorySize(128)), invoker
        init_ms, handler_ms = {128: [], 1769: []}, {128: [], 1769: []}
        for run in range(self._runs):
            for size, one in ((128, small), (1769, large)):
                report = await one.invoke(_event(0.1), fresh=True)
                init_ms[size].append(report.init.function_ms)
                if run < max(5, self._runs // 4):
                    handler_ms[size].append((await one.invoke(_event(_INIT_CPU_MS))).duration_ms)
        await small.close()
        await large.close()
        init, handler = ({size: statistics.median(v) for size, v in ms.items()} for ms in (init_ms, handler_ms))
        return [
            Row("init at 128 MB / at 1,769 MB", init[128] / init[1769], "", "0.9…1.1",
                f"{init[128]:.0f} / {init[1769]:.0f} ms, n = {self._runs}"),
            Row("the same work in the handler", handler[128] / handler[1769], "x", "12.7…14.9",
                f"{handler[128]:.0f} / {handler[1769]:.0f} ms, n = {len(handler_ms[128])}; 1769/128 = 13.8"),
        ]  # fmt: skip


def _event(cpu_ms: float) -> Event:
    return Event(json.dumps({"cpu_ms": cpu_ms}).encode())


def _means(path: Path) -> dict[int, float]:
    with path.open() as file:
        return {int(row["memory_mb"]): float(row["mean"]) for row in csv.DictReader(file)}


def _contention(reports: list[InvocationReport]) -> str:
    count = sum(any(c.code is CaveatCode.CONTENDED_HOST for c in report.caveats) for report in reports)
    return f", {count} contended" if count else ""


if __name__ == "__main__":
    uvloop.run(main())
