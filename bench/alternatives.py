"""What else is done about cold starts, side by side in the sandbox: what it saves, and what it breaks.

Each of the functions in bench/apps, packaged as usual (without bytecode), precompiled, by headstart bundle without and
with --defer, and as others do it: importlib.util.LazyLoader for every module of the package; slim, as
serverless-python-requirements has it; -OO; all in a zip on sys.path, but packages with shared objects, which zipimport
cannot load; and, where this machine has a python3.15, with PYTHON_LAZY_IMPORTS=all, against the same precompiled for
3.15.

An environment is sent all events, those held out too. A way "raises in init" or "raises in events" where that fails or
the answer is an error, and is "silently different" where there is an answer, but not the one in expected/. Then the
ways take turns with cold starts, each with one event of headstart.toml; only starts answered as expected are timed.

A ratio is the median of the ratios of the rounds, precompiled / way, with its 95 % interval (below 6 rounds: their
range); above 1 the way is faster, and "least" is the function whose interval ends lowest. "Init" is Lambda's Init
Duration, "function init" its part after Python and the runtime client have started.

All ten functions take long: --keep FOLDER keeps what was measured of each function at once, and does not measure it
again. What headstart bundle --defer searches for is kept in the function's headstart.lock.json, however it ends.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median

import functions
import msgspec
import uvloop
from functions import Start
from other_packages import OTHERS, on_python_315
from packages import SIDES
from rich.console import Console
from rich.table import Table
from rows import Row, finish

from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.infra.project import Project
from headstart.model.invocation import FunctionError, InvocationReport, Succeeded
from headstart.model.lifecycle import Phase
from headstart.model.sample import Summary, summarize
from headstart.report.write import write_file

_OURS = ("bundled", "deferred")
_AGAINST = {"precompiled": "", "3.15": "", "3.15 lazy": "3.15"}  # the others: precompiled
_FIGURES: Mapping[str, Callable[[Start], float]] = {
    "init": lambda start: start.init_ms,
    "function init": lambda start: start.function_init_ms,
    "init + first": lambda start: start.total_ms,
}
_REASON_CHARACTERS = 100


class Trial(msgspec.Struct):
    """One function packaged in one way; ``starts`` has None for one that was not answered as expected.

    ``raised`` has what was answered with an error, by event, and ``different`` the events answered otherwise.
    """

    app: str
    fails_in_init: bool = False
    raised: dict[str, str] = {}
    different: list[str] = []
    starts: list[Start | None] = []

    def take(self, report: InvocationReport) -> bool:
        """Take note of an answer; whether it is as expected."""
        name = report.event_name
        if not isinstance(report.outcome, Succeeded):
            self.raised[name] = _error(report)
            return False
        is_expected = functions.is_as_expected(self.app, report)
        if not is_expected and name not in self.different:
            self.different.append(name)
        return is_expected

    @property
    def behaviour(self) -> str:
        found = []
        if self.raised:
            event, error = next(iter(self.raised.items()))
            found.append(f"raises in {'init' if self.fails_in_init else 'events'}, {event}: {error}")
        if self.different:
            found.append(f"silently different: {', '.join(self.different)}")
        return "; ".join(found) or "same"


_BREAKAGE: Mapping[str, Callable[[Trial], bool]] = {
    "raises in init": lambda trial: trial.fails_in_init,
    "raises in events": lambda trial: bool(trial.raised) and not trial.fails_in_init,
    "silently different": lambda trial: bool(trial.different),
}
Trials = Mapping[str, Mapping[str, Trial]]  # by way and function


async def main() -> None:
    parser = functions.arguments(__doc__)
    parser.add_argument("--runs", type=int, default=6, help="cold starts for each function and way")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="what was measured, to go on where it stopped")
    options = parser.parse_args()
    trials: dict[str, dict[str, Trial]] = {}
    async with LocalLambda() as engine:
        for app in options.apps:
            kept = options.keep / f"{app}.json" if options.keep else None
            for way, trial in (await _kept(engine, app, runs=options.runs, kept=kept)).items():
                trials.setdefault(way, {})[app] = trial
    Console(width=None if sys.stdout.isatty() else 150).print(_table(trials))
    finish([*_of_functions(trials), *_of_ways(trials)], options)


async def _kept(engine: LocalLambda, app: str, *, runs: int, kept: Path | None) -> dict[str, Trial]:
    """What is kept of a function, or else is measured and then kept."""
    if kept is not None and kept.is_file():
        print(f"{app}: as {kept} has it", file=sys.stderr)
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, Trial])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        trials = await _tried(engine, app, folder=Path(folder), runs=runs)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_file(kept, msgspec.json.encode(trials))
    return trials


async def _tried(engine: LocalLambda, app: str, *, folder: Path, runs: int) -> dict[str, Trial]:
    project = functions.read(app)
    ways = await _packaged(engine, project, folder)
    trials = {}
    for way, deployment in ways.items():
        print(f"{app}, {way}", file=sys.stderr)
        trials[way] = await _asked(engine, app, deployment=deployment)
    for number in range(runs):
        event = project.events[number % len(project.events)]
        for way, trial in trials.items():
            if not trial.fails_in_init:
                report = await functions.first_invocation(engine, ways[way], event)
                trial.starts.append(Start.of(report) if trial.take(report) else None)
    return trials


async def _packaged(engine: LocalLambda, project: Project, folder: Path) -> dict[str, Deployment]:
    sides = {side: await prepare(engine, project) for side, prepare in SIDES.items()}
    others = {}
    for way, prepare in OTHERS.items():
        (folder / way).mkdir()
        others[way] = await prepare(sides, folder / way)
    return sides | others | await on_python_315(engine, project)


async def _asked(engine: LocalLambda, app: str, *, deployment: Deployment) -> Trial:
    """Send all events to one environment; only one where its init failed."""
    environment = await engine.environment(deployment)
    fails_in_init = environment.phase is Phase.RESET
    events = functions.events(app)[: 1 if fails_in_init else None]
    trial = Trial(app, fails_in_init)
    for event in events:
        trial.take(await environment.invoke(event))
    await engine.close(environment)
    return trial


def _error(report: InvocationReport) -> str:
    outcome = report.outcome
    said = f"{outcome.error_type}: {outcome.message}" if isinstance(outcome, FunctionError) else outcome.error_type
    return " ".join(said.split())[:_REASON_CHARACTERS]


def _ratios(trials: Trials, way: str, *, figure: str) -> dict[str, Summary]:
    """How many times faster than what it is measured against, by function; empty for what others are."""
    against, of = trials.get(_AGAINST.get(way, "precompiled"), {}), _FIGURES[figure]
    found = {}
    for app, trial in trials[way].items():
        pairs = zip(against[app].starts, trial.starts, strict=False) if against else ()
        if ratios := [of(theirs) / of(ours) for theirs, ours in pairs if theirs and ours]:
            found[app] = summarize(ratios)
    return found


def _table(trials: Trials) -> Table:
    """The ways against each other: ratios, and how many functions each breaks."""
    table = Table(
        "way", *_FIGURES, "least init + first", *_BREAKAGE, "of", title="How many times faster, and what breaks"
    )
    for way, by_app in trials.items():
        ratios = [_ratios(trials, way, figure=figure) for figure in _FIGURES]
        medians = [f"{median(ratio.median for ratio in each.values()):.2f} x" if each else "" for each in ratios]
        broken = [str(len(apps)) for apps in _broken(by_app).values()]
        table.add_row(way, *medians, _least(ratios[-1]), *broken, str(len(by_app)))
    return table


def _broken(by_app: Mapping[str, Trial]) -> dict[str, list[str]]:
    """The functions that each kind of breakage is found in; one may raise in one event and be different in another."""
    return {kind: [app for app, trial in by_app.items() if is_found(trial)] for kind, is_found in _BREAKAGE.items()}


def _least(ratios: Mapping[str, Summary]) -> str:
    if not ratios:
        return ""
    app = functions.least(ratios)
    return f"{app} {functions.interval(ratios[app])}"


def _of_functions(trials: Trials) -> Iterable[Row]:
    """A row for each function and way."""
    for way, by_app in trials.items():
        ratios = _ratios(trials, way, figure="init + first")
        for app, trial in by_app.items():
            starts = [start for start in trial.starts if start]
            detail = trial.behaviour
            if starts:
                init, function_init = (median(of(start) for start in starts) for of in list(_FIGURES.values())[:2])
                ratio = f", {functions.interval(ratios[app])} x" if app in ratios else ""
                detail = f"init {init:.0f}, function init {function_init:.0f}; n = {len(starts)}{ratio}; {detail}"
            total_ms = median(start.total_ms for start in starts) if starts else None
            yield Row(f"{app}, {way}: init + first", total_ms, "ms", "", detail)


def _of_ways(trials: Trials) -> Iterable[Row]:
    """Rows for each way: its ratios, and how many functions it breaks."""
    for way, by_app in trials.items():
        for figure in _FIGURES:
            if ratios := _ratios(trials, way, figure=figure):
                shown = ", ".join(f"{app} {functions.interval(ratio)}" for app, ratio in ratios.items())
                yield Row(f"{way}, {figure}: median", median(each.median for each in ratios.values()), "x", "", shown)
        broken = _broken(by_app)
        told = [f"of {len(by_app)}", *(f"{kind}: {', '.join(apps)}" for kind, apps in broken.items() if apps)]
        count = len({app for apps in broken.values() for app in apps})
        yield Row(f"{way}: functions that it breaks", count, "", "<= 0" if way in _OURS else "", "; ".join(told))
    if "3.15 lazy" not in trials:
        yield Row("3.15 lazy", None, "", "", "not to be had: this machine has no python3.15 (uv python install 3.15)")


if __name__ == "__main__":
    uvloop.run(main())
