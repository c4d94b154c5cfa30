"""Cold starts of the functions in bench/apps, by how they are packaged: the sides take turns in the sandbox.

"usual" is a package as uv pip install --target leaves it and as it is uploaded, without bytecode; "precompiled" is the
same with unchecked-hash bytecode for every module; "bundled" is what headstart bundle writes, "deferred" what it writes
with --defer. All of a round are sent the same event, one of those in headstart.toml. A ratio is the median of the
ratios of the rounds, with its 95 % interval (below 6 rounds: their range); "least" is the function whose interval ends
lowest: where it ends below 1, the side is worse by more than noise.

"init" is Lambda's Init Duration, "function init" its part after Python and the runtime client have started, which is
all that a package can change: bars for the speed of init are on that. It runs at full CPU at any memory size, so it is
told of the largest only.

"Cold files": before each start the kernel is told to drop the package's own files from its cache, by
POSIX_FADV_DONTNEED, which needs no root. The runtime, Python's own library and what the kernel knows of folders stay
there, as what a host's other functions have in common with this one might. Else it is told so once, before a first
round that is not counted: memory has the pages of shared libraries that the kernel maps beside those asked for, and
these are more where it holds whole files, as it does of a package that was just written (8 % of scikit-learn's).

Every event, those held out too, must be answered as in expected/.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import functions
import msgspec
import uvloop
from functions import Start
from packages import SIDES
from rows import Row, finish

from headstart.engine import tree
from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.infra.project import Project
from headstart.model.deferral_result import LOCK_FILE
from headstart.model.function import MemorySize
from headstart.model.invocation import Event, InvocationReport, OutOfMemory, Succeeded
from headstart.model.sample import Summary, percentile, summarize
from headstart.optimize.deferral import lock


class Condition(NamedTuple):
    """What a function is started under."""

    memory_mb: int
    files: str = "warm"

    def __str__(self) -> str:
        return f"{self.memory_mb} MB" + (", cold files" if self.files == "cold" else "")


class Comparison(NamedTuple):
    """How much better ``side`` is than ``against``.

    ``bars``, by figure, are for the median at the largest memory size. In the figures ``never_worse`` no function may
    be worse by more than noise, under any condition.
    """

    side: str
    against: str
    bars: Mapping[str, str] = {}
    never_worse: tuple[str, ...] = ()


_WITHOUT_BYTECODE = {"usual"}
_SPEED = ("function init", "init", "init + first")
_COMPARISONS = (
    Comparison("precompiled", "usual", {"function init": ">= 2"}, never_worse=(*_SPEED, "memory after init")),
    Comparison("bundled", "precompiled"),
    Comparison("deferred", "usual", {"function init": ">= 4.5"}, never_worse=_SPEED),
    Comparison(
        "deferred",
        "precompiled",
        {"init + first": ">= 1.35", "memory after init": ">= 1.11"},
        never_worse=("init + first",),
    ),
)
_SEARCH_S = {"boto3": 180, "fastapi_mangum": 180}
_SEARCH_S_MAX = 600
_FIGURES: dict[str, Callable[[Start], float]] = {
    "function init": lambda start: start.function_init_ms,
    "init": lambda start: start.init_ms,
    "init + first": lambda start: start.total_ms,
    "memory after init": lambda start: start.memory_mb,
}

Sides = Mapping[str, Deployment]
Starts = dict[tuple[str, Condition, str], list[Start]]  # by function and side; none where its memory is too small


async def main() -> None:
    parser = functions.arguments(__doc__)
    parser.add_argument("--runs", type=int, default=6, help="cold starts for each function, side and condition")
    parser.add_argument("--memory", nargs="+", type=int, default=[128, 512, 1769], metavar="MB", help="memory sizes")
    options = parser.parse_args()
    starts: Starts = defaultdict(list)
    packages: dict[str, Sides] = {}
    different: list[str] = []
    async with LocalLambda() as engine:
        for app in options.apps:
            project = functions.read(app)
            packages[app] = sides = await _packaged(engine, project)
            different += await _different(engine, app, sides=sides)
            for condition in _conditions(options):
                print(f"{app}, {condition}", file=sys.stderr)
                taken = await _in_turns(engine, project, sides=sides, condition=condition, runs=options.runs)
                starts |= {(app, condition, side): each for side, each in taken.items()}
    rows = [*_absolute(starts, packages, options), *map(_search, packages), *_ratios(starts, options)]
    finish([*rows, _answers(different, packages)], options)


def _conditions(options: argparse.Namespace) -> list[Condition]:
    sizes = sorted(options.memory)
    return [*map(Condition, sizes), Condition(sizes[-1], "cold")]


async def _packaged(engine: LocalLambda, project: Project) -> dict[str, Deployment]:
    sides = {side: await prepare(engine, project) for side, prepare in SIDES.items()}
    for side, each in sides.items():
        compiled, modules = _bytecode(each.package.root)
        if bool(compiled) is (side in _WITHOUT_BYTECODE):
            raise SystemExit(f"{side} of {project.spec.name} is not what it claims: {compiled} of {modules} compiled")
    os.sync()  # what is not written yet cannot be dropped from the cache
    return sides


def _bytecode(root: Path) -> tuple[int, int]:
    """How many modules have bytecode, and how many there are."""
    return len(list(root.rglob("*.pyc"))), len(list(root.rglob("*.py")))


async def _different(engine: LocalLambda, app: str, *, sides: Sides) -> list[str]:
    """The events that a side does not answer as expected."""
    found = []
    for side, deployment in sides.items():
        environment = await engine.environment(deployment)
        for event in functions.events(app):
            if not functions.is_as_expected(app, await environment.invoke(event)):
                found.append(f"{app} {side} {event.name}")
        await engine.close(environment)
    return found


async def _in_turns(
    engine: LocalLambda, project: Project, *, sides: Sides, condition: Condition, runs: int
) -> dict[str, list[Start]]:
    """The starts of each side, in the same order; without a side for which the memory size is too small."""
    at_size = {side: _at(deployment, MemorySize(condition.memory_mb)) for side, deployment in sides.items()}
    taken: dict[str, list[Start]] = {side: [] for side in sides}
    for number in range(runs + 1):
        event = project.events[number % len(project.events)]
        for side in list(taken):
            if condition.files == "cold" or not number:
                _drop_from_cache(at_size[side].package.root)
            start = await _start(engine, at_size[side], event)
            if start is None:
                del taken[side]
            elif number:  # the first round fills the cache
                taken[side].append(start)
    return taken


def _at(deployment: Deployment, memory: MemorySize) -> Deployment:
    return msgspec.structs.replace(deployment, spec=msgspec.structs.replace(deployment.spec, memory=memory))


def _drop_from_cache(root: Path) -> None:
    """Have the kernel read a package's files from the disk when they are next needed."""
    for folder, _, names in os.walk(root):
        for name in names:
            file = os.open(Path(folder) / name, os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


async def _start(engine: LocalLambda, deployment: Deployment, event: Event) -> Start | None:
    """One cold start; None where the memory size is too small."""
    report = await functions.first_invocation(engine, deployment, event)
    return None if isinstance(report.outcome, OutOfMemory) else Start.of(_checked(report))


def _checked(report: InvocationReport) -> InvocationReport:
    if not isinstance(report.outcome, Succeeded):
        raise SystemExit(f"{report.event_name}: {report.outcome}\n" + "\n".join(line.text for line in report.log))
    return report


def _absolute(starts: Starts, packages: Mapping[str, Sides], options: argparse.Namespace) -> list[Row]:
    """A row for each function and side."""
    conditions = _conditions(options)
    return [
        _side(deployment, {condition: starts[app, condition, side] for condition in conditions}, what=f"{app}, {side}")
        for app, sides in packages.items()
        for side, deployment in sides.items()
    ]


def _side(deployment: Deployment, starts: Mapping[Condition, list[Start]], *, what: str) -> Row:
    """The init of one function and side, and all else in the detail."""
    *warm, cold = starts
    inits = [start.init_ms for start in starts[warm[-1]]]
    if not inits:
        return Row(f"{what}: init p50", None, "ms", "", f"out of memory at {warm[-1]}")
    firsts = [[start.first_ms for start in starts[condition]] for condition in warm]
    shown = " / ".join(f"{median(each):.0f}" if each else "out of memory" for each in firsts)
    cold_init_ms = median(start.init_ms for start in starts[cold])
    memory_mb = median(start.memory_mb for start in starts[warm[-1]])
    compiled, modules = _bytecode(deployment.package.root)
    package_bytes, _ = tree.weigh(deployment.package.root, left_out=frozenset())
    detail = (
        f"p90 {percentile(inits, 90):.0f}, cold files {cold_init_ms:.0f}; "
        f"first {shown} ms at {' / '.join(str(condition.memory_mb) for condition in warm)} MB; "
        f"{memory_mb:.0f} MB after init; package {package_bytes / 1024**2:.1f} MB, "
        f"{compiled} of {modules} modules compiled; n = {len(inits)}"
    )
    return Row(f"{what}: init p50", median(inits), "ms", "", detail)


def _search(app: str) -> Row:
    """How long it took to find what is deferred, when it was."""
    found = lock.read(functions.read(app).folder / LOCK_FILE)
    what, bar = f"{app}, deferred: time to optimise", f"<= {_SEARCH_S.get(app, _SEARCH_S_MAX)}"
    if found is None or found.result is None:
        return Row(what, None, "s", bar, "the search came to no end")
    result = found.result
    detail = f"{len(result.deferred)} imports deferred, {len(result.culprits)} culprits, {result.trials} trials"
    return Row(what, result.elapsed_s, "s", bar, f"{detail}; {result.withdrawn}".removesuffix("; "))


def _ratios(starts: Starts, options: argparse.Namespace) -> list[Row]:
    *smaller, largest, cold = _conditions(options)
    told = [("function init", largest), ("init", largest), ("init", cold)]
    told += [("init + first", condition) for condition in (*smaller, largest, cold)]
    told += [("memory after init", largest)]
    rows = []
    for comparison in _COMPARISONS:
        for figure, condition in told:
            bar = comparison.bars.get(figure, "") if condition == largest else ""
            rows += _over_functions(starts, comparison, figure=figure, condition=condition, bar=bar)
    return rows


def _over_functions(
    starts: Starts, comparison: Comparison, *, figure: str, condition: Condition, bar: str
) -> list[Row]:
    """The median over the functions, the function that gains least, and those for which only ``side`` is too large."""
    side, against = comparison.side, comparison.against
    apps = dict.fromkeys(app for app, _, _ in starts)
    ratios: dict[str, Summary] = {}
    for app in apps:
        pairs = zip(starts[app, condition, against], starts[app, condition, side], strict=False)
        if each := [_FIGURES[figure](theirs) / _FIGURES[figure](ours) for theirs, ours in pairs]:
            ratios[app] = summarize(each)
    what = f"{figure} at {condition}, {against} / {side}"
    worse = [app for app in apps if starts[app, condition, against] and not starts[app, condition, side]]
    too_large = [Row(f"{what}: {app}", None, "x", ">= 1", f"{side} runs out of memory") for app in worse]
    if not ratios:
        return too_large
    shown = ", ".join(f"{app} {functions.interval(ratio)}" for app, ratio in ratios.items())
    least = functions.least(ratios)
    at_least = ">= 1" if figure in comparison.never_worse else ""
    return [
        Row(f"{what}: median", median(ratio.median for ratio in ratios.values()), "x", bar, shown),
        Row(f"{what}: least", ratios[least].median_high, "x", at_least, f"{least} {functions.interval(ratios[least])}"),
        *too_large,
    ]


def _answers(different: Sequence[str], packages: Mapping[str, Sides]) -> Row:
    asked = sum(len(functions.events(app)) * len(sides) for app, sides in packages.items())
    return Row("answers other than expected", len(different), "", "<= 0", ", ".join(different) or f"of {asked}")


if __name__ == "__main__":
    uvloop.run(main())
