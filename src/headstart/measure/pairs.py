"""Cold starts of packages that were run in turn, compared run by run: drift of the host is in both of a pair."""

from collections.abc import Callable, Iterable

from headstart.model.comparison import Step
from headstart.model.invocation import InitReport, InvocationReport
from headstart.model.results import ColdStartResult
from headstart.model.sample import Summary, summarize

Figure = Callable[[InitReport, InvocationReport], float]


def first_answer_ms(init: InitReport, run: InvocationReport) -> float:
    """Init and first invocation: what a caller waits for on Lambda, but for the creation of the environment."""
    return init.init_ms + run.duration_ms


def first_answer_cpu_ms(init: InitReport, run: InvocationReport) -> float:
    """The CPU time of the same, which tells more on a host that others keep busy."""
    return init.cpu_ms + run.cpu_ms


def each_run(cold: ColdStartResult, figure: Figure) -> tuple[float, ...]:
    """A figure of each environment; nothing where one of them began anew after a failure, so that none has its pair."""
    values = tuple(figure(run.init, run) for run in cold.runs if run.init is not None)
    return values if len(values) == cold.environments else ()


def speedup(old: ColdStartResult, new: ColdStartResult, *, of: Figure = first_answer_ms) -> Summary | None:
    """How many times as large the figure is of ``old``, as the ratio of each pair; None where there is no pair."""
    pairs = zip(each_run(old, of), each_run(new, of), strict=False)
    ratios = [before / after for before, after in pairs if after > 0]
    return summarize(ratios) if ratios else None


def steps(packages: Iterable[tuple[str, ColdStartResult]]) -> tuple[Step, ...]:
    """Each package by its name, with what it saves against the one before it."""
    found: list[Step] = []
    before: ColdStartResult | None = None
    for name, cold in packages:
        found.append(
            Step(
                name=name,
                init=cold.init,
                first_answer=summarize(each_run(cold, first_answer_ms)),
                saves=_saved(before, cold, of=first_answer_ms),
                saves_cpu=_saved(before, cold, of=first_answer_cpu_ms),
            )
        )
        before = cold
    return tuple(found)


def _saved(old: ColdStartResult | None, new: ColdStartResult, *, of: Figure) -> Summary | None:
    before = each_run(old, of) if old is not None else ()
    saved = [earlier - later for earlier, later in zip(before, each_run(new, of), strict=False)]
    return summarize(saved) if saved else None
