"""A plan of placement as a screen of a terminal: what goes into init, what stays in first invocations, and why."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import ConsoleRenderable
from rich.text import Text

from headstart.model.placement import Place, Score
from headstart.model.preloading import PlacementPlan, PreloadResult, Step, UseKind
from headstart.report import figures
from headstart.report.deferral_as_text import LOCKED, gained, proved
from headstart.report.terminal import Screen
from headstart.report.text_sections import grid, title

_SHOWN: Final = 8
_NAME_CELLS: Final = 36


def render(plan: PlacementPlan) -> Screen:
    """The plan before it is carried out; of each half what takes longest first."""
    left = [step for step in plan.steps if step.place is Place.HANDLER]
    return Screen(
        (*_heading(plan), *_table("In init", plan.preloaded), *_table("In the handler", left), *_closing(plan))
    )


def preloaded(result: PreloadResult) -> Iterator[ConsoleRenderable]:
    """What of a plan was carried out, as a part of a bundle's screen."""
    count = figures.count(len(result.steps), "thing")
    why = result.withdrawn or "nothing is sooner and no dearer in init"
    needed = f"{count} that most first invocations need, at {result.plan.conditions.memory.mb:,} MB"
    yield from title("Preloaded", needed if result.steps else f"nothing: {why}")
    yield from proved(result.proof, result.doubts)
    yield from gained(result.gains)
    for name in result.culprits:
        yield Text(f"left to first invocations, for it changes what the function does: {name}", "yellow")
    yield from _table("In init", result.steps)
    if result.is_locked:
        yield Text(LOCKED, "dim")


def _heading(plan: PlacementPlan) -> Iterator[ConsoleRenderable]:
    conditions = plan.conditions
    traffic = conditions.traffic
    volume = f"{traffic.invocations_per_month:,} invocations a month, {figures.percent(traffic.cold_ratio)} cold"
    yield from title("Placement", f"{conditions.memory.mb:,} MB, {conditions.initialization.value}, {volume}")
    if not plan.steps:
        yield Text("First invocations do nothing that init could have done.")
    elif not plan.preloaded:
        yield Text("Nothing is better done in init.")
    else:
        now, planned = plan.now, plan.planned
        yield Text.assemble(
            ("First answer ", "bold"),
            f"p50 {figures.ms(now.p50_ms)} → {figures.ms(planned.p50_ms)}, ",
            f"p99 {figures.ms(now.p99_ms)} → {figures.ms(planned.p99_ms)}; ",
            f"{figures.usd(plan.saved_usd_month)} less a month",
        )


def _table(heading: str, steps: Sequence[Step]) -> Iterator[ConsoleRenderable]:
    if not steps:
        return
    yield Text()
    table = grid(6)
    table.columns[5].justify, table.columns[5].no_wrap = "left", False
    heads = ("ms", "needed by", "in init", "in handler", "")
    table.add_row(Text(heading, "bold underline"), *(Text(head, "dim") for head in heads))
    for step in sorted(steps, key=lambda step: -step.ms)[:_SHOWN]:
        table.add_row(*_cells(step))
    yield table
    if len(steps) > _SHOWN:
        yield Text(f"  and {len(steps) - _SHOWN:,} more: --json - has them", "dim")


def _cells(step: Step) -> Iterator[Text]:
    yield Text(_name(step), no_wrap=True, overflow="ellipsis")
    yield Text(figures.tabular(step.ms))
    yield Text(figures.percent(step.needed_ratio))
    yield Text(_waits(step.scores.in_init))
    yield Text(_waits(step.scores.in_handler))
    yield Text("" if step.place is Place.INIT else step.why, "dim")


def _name(step: Step) -> str:
    kind = "" if step.kind in {UseKind.MODULE, UseKind.SDK} else f"{step.kind.value} "
    more = f" and {len(step.names) - 1} more" if len(step.names) > 1 else ""
    cells = _NAME_CELLS - len(kind) - len(more)
    name = step.name if len(step.name) <= cells else f"{step.name[: cells - 1]}…"
    return f"{kind}{name}{more}"


def _waits(score: Score) -> str:
    """What it adds to the first answer: the median, and the 99th percentile where that is another."""
    return figures.span(score.p50_ms, score.p99_ms)


def _closing(plan: PlacementPlan) -> Iterator[ConsoleRenderable]:
    yield Text()
    events = figures.count(plan.events, "event")
    yield Text(
        f"ms: at a full vCPU, by the first invocations of {events}; in init, in handler: what it adds to the first "
        "answer, p50–p99 where they differ",
        "dim",
    )
    if plan.planned.error_ms:
        error = figures.ms(plan.planned.error_ms)
        yield Text(f"At a share of one the law of CPU shares is off, mostly to the slow side: p50 by {error}", "dim")
    if plan.clients:
        services = ", ".join(plan.clients)
        yield Text(
            f"The first request to {services} resolves its endpoint and opens a connection in the handler: there is no "
            "public way to do that ahead without a network",
            "dim",
        )
    if plan.other_ms >= 1:
        yield Text(
            f"Up to {figures.ms(plan.other_ms)} of a first invocation are none of these: caches that functions fill as "
            "they first run, for one",
            "dim",
        )
