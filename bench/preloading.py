"""Preloading in the functions of bench/apps: bundled as they are, and with what first invocations need done in init.

Both take turns in the sandbox, with the events of headstart.toml in turn. What is preloaded is planned for the memory
size that is measured, as headstart bundle does; where nothing is planned the two are the same, and not measured.
Nothing is deferred in either. A ratio is the median of the ratios of the rounds of init + first invocation, with its
95 % interval (below 6 rounds: their range); beside it stands the same by CPU time, over the share of a vCPU that each
phase has: on a host that others use too it is the steadier one. Every event, those held out too, must be answered as
in expected/.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import functions
import msgspec
import packages
from rows import Row, arguments, finish

from headstart.bundling import tools_for
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.infra.project import Project
from headstart.measure import first_use
from headstart.model.function import MemorySize
from headstart.model.invocation import InvocationReport
from headstart.model.placement import Conditions
from headstart.model.preloading import FirstUses, PlacementPlan, Step
from headstart.model.progress import NoProgress
from headstart.model.sample import Summary, summarize
from headstart.optimize.deferral.rewriting import Rewriting, rewrite_imports
from headstart.optimize.placement import preload
from headstart.optimize.placement.plan import plan

_SHOWN_AS = "/var/task"


class Pair(NamedTuple):
    """A cold start of either side."""

    bundled: InvocationReport
    preloaded: InvocationReport


class Measured(NamedTuple):
    """One function at one memory size; no pairs where nothing is planned."""

    app: str
    plan: PlacementPlan
    pairs: Sequence[Pair]
    different: Sequence[str]

    @property
    def memory_mb(self) -> int:
        return self.plan.conditions.memory.mb


class Bench(NamedTuple):
    """What is needed to measure a function: how it is bundled, and what its first invocations do."""

    app: str
    engine: LocalLambda
    project: Project
    bundled: LocalInvoker
    seen: FirstUses


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--apps", nargs="+", choices=functions.NAMES, default=functions.NAMES, metavar="NAME")
    parser.add_argument("--runs", type=int, default=8, help="cold starts for each function, side and memory size")
    parser.add_argument("--memory", nargs="+", type=int, default=[128, 512, 1769], metavar="MB", help="memory sizes")
    options = parser.parse_args()
    found: list[Measured] = []
    async with LocalLambda() as engine:
        for app in options.apps:
            project = functions.read(app)
            bundled = LocalInvoker(engine, await packages.bundled(engine, project))
            seen = await first_use.observe(bundled, project.events, progress=NoProgress())
            bench = Bench(app, engine, project, bundled, seen)
            for memory_mb in options.memory:
                print(f"{app}, {memory_mb} MB", file=sys.stderr)
                found.append(await _measured(bench, MemorySize(memory_mb), runs=options.runs))
    finish([*map(_row, found), *_over_functions(found, options.memory), _answers(found)], options)


async def _measured(bench: Bench, memory: MemorySize, *, runs: int) -> Measured:
    planned = plan(bench.seen, Conditions(memory=memory))
    if not planned.preloaded:
        return Measured(bench.app, planned, [], [])
    with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
        root = Path(folder) / "package"
        await _preloaded(bench, planned.preloaded, root)
        spec = msgspec.structs.replace(bench.bundled.spec, code=root)
        sides = [bench.bundled, LocalInvoker(bench.engine, await bench.engine.deploy(spec))]
        different = await _different(bench.app, sides[1])
        pairs = await _pairs([side.at_memory(memory) for side in sides], bench.project, runs=runs)
    return Measured(bench.app, planned, pairs, different)


async def _preloaded(bench: Bench, steps: Sequence[Step], root: Path) -> None:
    """A copy of the bundle that does ``steps`` in init."""
    await asyncio.to_thread(shutil.copytree, bench.bundled.deployment.package.root, root, symlinks=True)
    tools = tools_for(bench.project, bench.project.bundle, progress=NoProgress())
    appended = preload.handler_file(root, bench.project.spec.handler), preload.MODULE
    rewriting = Rewriting(chosen=frozenset(), appended=appended)
    await rewrite_imports({root: _SHOWN_AS}, tools=tools, rewriting=rewriting)
    await preload.lay(root, steps, tools=tools, shown_as=_SHOWN_AS, beside=False)


async def _different(app: str, invoker: LocalInvoker) -> list[str]:
    """The events that are not answered as expected, those held out too."""
    reports = [await invoker.invoke(event, fresh=True) for event in functions.events(app)]
    await invoker.close()
    return [f"{app} {report.event_name}" for report in reports if not functions.is_as_expected(app, report)]


async def _pairs(sides: Sequence[LocalInvoker], project: Project, *, runs: int) -> list[Pair]:
    """None where one side fails, as it does where the memory size is too small."""
    found = []
    for number in range(runs + 1):
        event = project.events[number % len(project.events)]
        pair = Pair(*[await side.invoke(event, fresh=True) for side in sides])
        if not all(report.succeeded for report in pair):
            found = []
            break
        if number:  # the first round fills the cache
            found.append(pair)
    for side in sides:
        await side.close()
    return found


def _row(measured: Measured) -> Row:
    what = f"{measured.app}, {measured.memory_mb} MB: bundled / preloaded"
    if not measured.plan.preloaded:
        return Row(what, None, "", "", "nothing planned, the same package")
    if not measured.pairs:
        return Row(what, None, "", "", "out of memory")
    ratio = _ratio(measured)
    phases = {
        "init": [[report.init.init_ms for report in pair] for pair in measured.pairs],
        "first": [[report.duration_ms for report in pair] for pair in measured.pairs],
    }
    shown = ", ".join(
        f"{name} {median(old for old, _ in each):.0f} → {median(new for _, new in each):.0f} ms"
        for name, each in phases.items()
    )
    by_cpu = median(_cpu_ms(pair.bundled) / _cpu_ms(pair.preloaded) for pair in measured.pairs)
    planned = f"{measured.plan.now.p50_ms:.0f} → {measured.plan.planned.p50_ms:.0f} ms"
    detail = f"{functions.interval(ratio)}; {shown}; by CPU time {by_cpu:.2f}; p50 planned {planned}; n = {ratio.n}"
    return Row(what, ratio.median, "", "", detail)


def _over_functions(found: Sequence[Measured], sizes: Sequence[int]) -> list[Row]:
    """The median over the functions of which something is preloaded, and the one that gains least."""
    rows = []
    for memory_mb in sizes:
        at_size = [each for each in found if each.memory_mb == memory_mb and each.pairs]
        if not at_size:
            continue
        ratios: Mapping[str, Summary] = {each.app: _ratio(each) for each in at_size}
        names = ", ".join(ratios)
        over_all = median(ratio.median for ratio in ratios.values())
        rows.append(Row(f"init + first at {memory_mb} MB, bundled / preloaded", over_all, "", "", names))
        least = min(ratios, key=lambda app: ratios[app].median_high)
        detail = f"{least} {functions.interval(ratios[least])}: the upper end of its interval"
        rows.append(
            Row(f"… of the function that gains least, {memory_mb} MB", ratios[least].median_high, "", ">= 1", detail)
        )
    return rows


def _answers(found: Sequence[Measured]) -> Row:
    different = [name for each in found for name in each.different]
    return Row("events answered otherwise than in expected/", len(different), "", "<= 0", ", ".join(different))


def _ratio(measured: Measured) -> Summary:
    return summarize([_total_ms(pair.bundled) / _total_ms(pair.preloaded) for pair in measured.pairs])


def _total_ms(report: InvocationReport) -> float:
    return report.init.init_ms + report.duration_ms


def _cpu_ms(report: InvocationReport) -> float:
    """What init and the invocation would take if they only computed."""
    return report.init.cpu_ms + report.cpu_ms / min(1.0, MemorySize(report.memory_size_mb).vcpu_share)


if __name__ == "__main__":
    asyncio.run(main())
