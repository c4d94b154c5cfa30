"""`parallel_map` against a loop, two bare processes, and the pools that there are, on five cases.

    a  10,000 items of x * x                    d  64 items of 1 MB, results of 1 MB
    b  200 items of 5 ms CPU                    e  64 items of 1 MB and 5 ms CPU
    c  64 items of 1 MB, results of a number

It runs in the sandbox, where there is no /dev/shm, beside lambda-multiprocessing, which can too. What cannot start
there (multiprocessing.Pool, ProcessPoolExecutor) runs in a plain process with /dev/shm, beside `parallel_map` in the
same process. All take turns; a figure is min/min of the rounds (at one vCPU or less p50/p50, for there the kernel stops
the function now and then, and a lucky run is not stopped). Each is timed with the start of its processes, and the pools
in the better of two ways to use them (in chunks, one by one).
"""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from libraries import library
from rows import Row, arguments, finish

import headstart_kit
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event

_FUNCTION = Path(__file__).parent / "parallel" / "function.py"
_REQUIREMENTS = ("numpy==2.3.5", "lambda-multiprocessing==1.1")
_TWO_VCPUS_MB = 3538
_ONE_VCPU_OR_LESS_MB = (1769, 884)
_CASES = "abcde"
# Fewer items where there is less CPU; and what is over soon is timed more often.
_FEW = {"b": 20, "e": 16}
_TIMES = {"a": 50, "c": 5, "d": 2}
_SLOW_AT_A = ("lambda_multiprocessing", "executor")
_OUTSIDE = {
    "multiprocessing.Pool": ("pool", "pool_one_by_one"),
    "ProcessPoolExecutor": ("executor", "executor_in_chunks"),
}
# The speed-up of two bare processes on two cores that nobody else uses.
_QUIET = 1.93
Run = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
Figure = Callable[[Iterable[float]], float]


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="runs of each case in each way")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder)
        package.chmod(0o755)
        _pack(package)
        async with LocalLambda() as engine:
            inside = Bench(await _sandbox(engine, package, memory_mb=_TWO_VCPUS_MB))
            with _plain_process(package) as run:
                outside = Bench(run)
                for _ in range(options.rounds):
                    for case in _CASES:
                        ways = ("serial", "kit", "two_bare_processes", "lambda_multiprocessing")
                        await inside.run(case, ways)
                        await outside.run(case, ("kit", *(way for ways in _OUTSIDE.values() for way in ways)))
                    await inside.run("d", ("kit_processes",))
            less = {mb: Bench(await _sandbox(engine, package, memory_mb=mb)) for mb in _ONE_VCPU_OR_LESS_MB}
            for bench in less.values():
                for _ in range(2 * options.rounds):
                    for case in _CASES:
                        await bench.run(case, ("serial", "kit"), items=_FEW.get(case))
    finish([*_speed_up_rows(inside), *_serial_rows(inside, less), *_pool_rows(inside, outside)], options)


class Bench:
    """Times of one process that runs the function, by case and way."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._random = random.Random(17)
        self._ms: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    async def run(self, case: str, ways: Sequence[str], *, items: int | None = None) -> None:
        """Run ``case`` in each of ``ways``, in an order of chance, so that none is always after the same other."""
        for way in self._random.sample(ways, len(ways)):
            times = 1 if way in _SLOW_AT_A else _TIMES.get(case, 1)
            answer = await self._run({"case": case, "way": way, "items": items, "times": times})
            self._ms[case, way] += answer["ms"]
            self._kinds[case, way].update(answer["kinds"])

    def ratio(self, case: str, ways: Sequence[str], over: Sequence[str], *, by: Figure = min) -> tuple[float, str]:
        """``by`` of the better of ``ways`` / that of the better of ``over``; the detail has min and p50 of both."""
        shown = []
        for name, figure in (("min", min), ("p50", median)):
            above, below = self._best(case, ways, by=figure), self._best(case, over, by=figure)
            shown.append(f"{name} {above:.4g} / {below:.4g} ms = {above / below:.3g}")
        shown.append(f"n = {len(self._ms[case, 'kit'])}, {self._chosen(case)}")
        return self._best(case, ways, by=by) / self._best(case, over, by=by), ", ".join(shown)

    def _best(self, case: str, ways: Sequence[str], *, by: Figure) -> float:
        return min(by(self._ms[case, way]) for way in ways)

    def _chosen(self, case: str) -> str:
        """What ``parallel_map`` chose, the most frequent first."""
        return "/".join(kind for kind, _ in self._kinds[case, "kit"].most_common())


def _speed_up_rows(inside: Bench) -> Iterator[Row]:
    for case, bar in (("b", 1.85), ("e", 1.4)):
        value, detail = inside.ratio(case, ["serial"], ["kit"])
        yield Row(f"{case}: serial / parallel_map, 2 vCPUs", value, "x", f"{bar}…inf", detail)
        ceiling, detail = inside.ratio(case, ["serial"], ["two_bare_processes"])
        contended = f"CONTENDED, a quiet host gives {_QUIET} or more: " if ceiling < _QUIET else ""
        yield Row(f"{case}: serial / two bare processes, all the host has", ceiling, "x", "", contended + detail)
        yield Row(f"{case}: of what two bare processes reach", value / ceiling, "", "", "the first over the second")
    for way, what in (("kit", ""), ("kit_processes", " in processes")):
        value, detail = inside.ratio("d", ["serial"], [way])
        yield Row(f"d: serial / parallel_map{what}, 2 vCPUs", value, "x", "", detail)


def _serial_rows(inside: Bench, less: Mapping[int, Bench]) -> Iterator[Row]:
    value, detail = inside.ratio("a", ["kit"], ["serial"])
    yield Row("a: parallel_map / serial, 2 vCPUs", value, "", "<= 1.05", detail)
    for memory_mb, bench in less.items():
        for case in _CASES:
            value, detail = bench.ratio(case, ["kit"], ["serial"], by=median)
            yield Row(f"{case}: parallel_map / serial, {memory_mb} MB", value, "", "<= 1.05", detail)


def _pool_rows(inside: Bench, outside: Bench) -> Iterator[Row]:
    for case in _CASES:
        value, detail = inside.ratio(case, ["kit"], ["lambda_multiprocessing"])
        yield Row(f"{case}: parallel_map / lambda-multiprocessing", value, "", "<= 1", detail)
        for name, ways in _OUTSIDE.items():
            value, detail = outside.ratio(case, ["kit"], ways)
            yield Row(f"{case}: parallel_map / {name}, with /dev/shm", value, "", "<= 1", detail)


def _pack(package: Path) -> None:
    """The function, the kit, and what the function is compared with."""
    shutil.copytree(library(*_REQUIREMENTS), package, dirs_exist_ok=True)
    shutil.copytree(Path(headstart_kit.__file__).parent, package / "headstart_kit")
    shutil.copy(_FUNCTION, package / "app.py")


async def _sandbox(engine: LocalLambda, package: Path, *, memory_mb: int) -> Run:
    spec = FunctionSpec(
        name="parallel", code=package, handler="app.handler", memory=MemorySize(memory_mb), timeout_s=300
    )
    invoker = LocalInvoker(engine, await engine.deploy(spec))

    async def run(event: dict[str, Any]) -> dict[str, Any]:
        report = await invoker.invoke(Event(json.dumps(event).encode()))
        if not report.succeeded:
            raise SystemExit(f"{event}: {report.outcome}")
        return json.loads(report.outcome.payload)

    return run


@contextmanager
def _plain_process(package: Path) -> Iterator[Run]:
    variables = os.environ | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(_TWO_VCPUS_MB)}
    command = [sys.executable, "app.py"]
    process = subprocess.Popen(
        command, cwd=package, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    async def run(event: dict[str, Any]) -> dict[str, Any]:
        print(json.dumps(event), file=process.stdin, flush=True)
        return json.loads(await asyncio.to_thread(process.stdout.readline))

    with process:
        yield run


if __name__ == "__main__":
    uvloop.run(main())
