"""What the engine itself costs: an invocation and a cold start, against the least that can drive awslambdaric.

All sides are interleaved in one run, so the machine's drift favours none. "At once": the next event follows the answer
at once, and the figure is the time from one answer to the next. "From frozen": the events come 10 ms apart.

Where the kernel puts the two processes that play ping-pong decides more than what is compared (80 against 160 us for
the bare loop), and it changes within a run. So both sides are placed alike: who drives on one CPU, the runtime on
another; and again both on the same one, where nothing of the engine's work can go on beside the runtime's.
"""

import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import psutil
import uvloop
from bare_loop import BareLoop
from emulator import Emulator
from rows import Row, arguments, finish

from headstart.engine import interpreters
from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event

_EVENT = Event(b'{"a": 1}')
_CPUS = os.sched_getaffinity(0)
_PAUSE_S = 0.01
_AT_ONCE, _PAUSED = 200, 20


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=20, help=f"blocks of {_AT_ONCE} invocations for each side")
    parser.add_argument("--cold", type=int, default=30, help="cold starts for each side")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "app.py").write_text("def handler(event, context):\n    return {'ok': True}\n")
        async with LocalLambda() as engine:
            rows = []
            for mode, runtime in _modes().items():
                deployment = await engine.deploy(_spec(Path(folder), runtime))
                rows += await _warm(engine, deployment, mode=mode, rounds=options.rounds)
            rows.append(await _cold(engine, deployment, count=options.cold))
    finish(rows, options)


def _modes() -> dict[str, str]:
    """Runtimes on this machine without and with awslambdaric's polling thread (from python3.12 on)."""
    have = [found.runtime for found in interpreters.installed()]
    wanted = {"no thread": ("python3.11", "python3.10"), "polling thread": ("python3.13", "python3.12", "python3.14")}
    return {
        mode: next(name for name in names if name in have) for mode, names in wanted.items() if set(names) & {*have}
    }


def _spec(folder: Path, runtime: str) -> FunctionSpec:
    return FunctionSpec(
        name="overhead", code=folder, handler="app.handler", runtime=runtime, memory=MemorySize(1769), timeout_s=60
    )


def _bare(deployment: Deployment) -> tuple[list[str], dict[str, str]]:
    """The command and variables of the same runtime without an engine."""
    variables = {
        "PYTHONPATH": str(deployment.runtime_folder),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{deployment.spec.runtime}",
    }
    return [str(deployment.interpreter.executable), "-m", "awslambdaric", "app.handler"], variables


async def _warm(engine: LocalLambda, deployment: Deployment, *, mode: str, rounds: int) -> list[Row]:
    command, variables = _bare(deployment)
    folder = deployment.spec.code
    environment, bare = await engine.environment(deployment), BareLoop()
    await bare.start(command, variables, folder=folder)
    emulator = await Emulator.start(command, variables, folder=folder)

    async def invoke() -> float:
        return (await environment.invoke(_EVENT)).duration_ms / 1000

    times = defaultdict(list)
    for _ in range(rounds):
        for place, cpus in _places().items():
            _put(*cpus)
            await _at_once(times, f"bare, {place}", bare.invoke)
            await _at_once(times, f"engine, {place}", invoke)
        _put(_CPUS, _CPUS)
        if emulator:
            await _at_once(times, "engine", invoke)
            await _at_once(times, "emulator", emulator.invoke)
        for _ in range(_PAUSED):
            await asyncio.sleep(_PAUSE_S)
            times["bare, paused"].append(await bare.invoke())
            await asyncio.sleep(_PAUSE_S)
            begun = time.perf_counter()
            await invoke()
            times["engine, paused"].append(time.perf_counter() - begun)
    await engine.close(environment)
    await bare.close()
    if emulator:
        emulator.close()
    return [
        _ratio(times, "engine, apart", "bare, apart", what=f"at once / bare loop, {mode}", bar="<= 1.15"),
        _ratio(times, "engine, apart, Duration", "bare, apart, Duration", what=f"event to response, {mode}", bar=""),
        _ratio(times, "engine, same", "bare, same", what=f"at once / bare loop, one CPU for both, {mode}", bar=""),
        _ratio(times, "engine, paused", "bare, paused", what=f"from frozen / bare loop, as paused, {mode}", bar="<= 2"),
        _ratio(times, "engine, paused", "bare, apart", what=f"from frozen / bare loop at once, {mode}", bar=""),
        _ratio(times, "engine", "emulator", what=f"at once / AWS's emulator, {mode}", bar="<= 0.7"),
    ]


def _places() -> dict[str, tuple[set[int], set[int]]]:
    """CPUs for who drives and for the runtimes."""
    first, *others = sorted(_CPUS)
    return {"apart": ({first}, set(others)), "same": ({first}, {first})} if others else {"same": ({first}, {first})}


def _put(driver: set[int], runtimes: set[int]) -> None:
    """Let this process run on ``driver`` alone, and what it started on ``runtimes``."""
    os.sched_setaffinity(0, driver)
    for process in psutil.Process().children(recursive=True):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, runtimes)


async def _at_once(times: dict[str, list[float]], side: str, invoke: Callable[[], Awaitable[float | None]]) -> None:
    await invoke()
    before = time.perf_counter()
    for _ in range(_AT_ONCE):
        duration_s = await invoke()
        now = time.perf_counter()
        times[side].append(now - before)
        if duration_s is not None:
            times[f"{side}, Duration"].append(duration_s)
        before = now


def _ratio(times: dict[str, list[float]], ours: str, theirs: str, *, what: str, bar: str) -> Row:
    if not times[theirs]:
        return Row(what, None, "", bar, f"no {theirs} here")
    p50, against = median(times[ours]) * 1e6, median(times[theirs]) * 1e6
    return Row(what, p50 / against, "", bar, f"p50 {p50:.0f} / {against:.0f} us, n = {len(times[ours])}")


async def _cold(engine: LocalLambda, deployment: Deployment, *, count: int) -> Row:
    command, variables = _bare(deployment)
    bare_ms, ours_ms, creation_ms = [], [], []
    for _ in range(count):
        bare = BareLoop()
        bare_ms.append(await bare.start(command, variables, folder=deployment.spec.code) * 1000)
        await bare.close()
        begun = time.perf_counter()
        environment = await engine.environment(deployment)
        ours_ms.append((time.perf_counter() - begun) * 1000)
        creation_ms.append((await environment.invoke(_EVENT)).init.creation_ms)
        await engine.close(environment)
    ours, theirs = median(ours_ms), median(bare_ms)
    detail = f"p50 {ours:.1f} - {theirs:.1f} ms until /next, n = {count}; creation alone {median(creation_ms):.1f} ms"
    return Row("cold start, added to python -m awslambdaric", ours - theirs, "ms", "<= 15", detail)


if __name__ == "__main__":
    uvloop.run(main())
