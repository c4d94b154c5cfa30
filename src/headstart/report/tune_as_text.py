"""What tuning found out as one screen: the memory size to take, every size that was looked at, and the doubts."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from rich.console import ConsoleRenderable
from rich.table import Table
from rich.text import Text

from headstart.model.sample import Summary
from headstart.model.tuning import Estimate, SizeResult, TuneResult
from headstart.report import figures, tune_words
from headstart.report.terminal import Screen
from headstart.report.text_sections import caveats, title

_PREDICTED_MAX: Final = 8
_RECOMMENDED, _PRESENT = "→", "·"
_NONE: Final = "–"


def render(result: TuneResult) -> Screen:
    """The whole result on one screen, at most 100 columns."""
    sections = (_headline(result), _sizes(result), _choices(result), _basis(result), caveats(tune_words.doubts(result)))
    return Screen(line for section in sections for line in section)


def _headline(result: TuneResult) -> Iterator[ConsoleRenderable]:
    function = result.function
    yield Text(tune_words.verdict(result), "bold")
    facts = (
        function.name,
        function.runtime,
        f"{function.memory_mb:,} MB now",
        function.architecture.value,
        function.region,
        figures.count(len(function.events), "event"),
        "cold starts" if result.is_cold else "",
    )
    yield Text(" · ".join(filter(None, facts)), "dim")


def _sizes(result: TuneResult) -> Iterator[ConsoleRenderable]:
    yield from title("Memory sizes", "~ is predicted, the others were measured")
    table = Table.grid(padding=(0, 2))
    what, percentiles = ("init + first", "first: p50/p90/p99") if result.is_cold else ("ms", "p50/p90/p99")
    headings = ("MB", "n", what, "interval", percentiles, "init", "billed", "used MB", "$/million", "interval", "best")
    for _ in headings:
        table.add_column(justify="right", no_wrap=True)
    table.add_row(*(Text(heading, "dim") for heading in headings))
    for size in _shown(result):
        table.add_row(*_cells(size, result))
    yield table
    yield Text(
        f"{_RECOMMENDED} recommended   {_PRESENT} present   best: how sure to be within "
        f"{figures.percent(result.tolerance_ratio)} of the best",
        "dim",
    )
    for sentence in tune_words.failures(result):
        yield Text(sentence, "red")


def _shown(result: TuneResult) -> Iterator[SizeResult]:
    """Those that were measured, the present and the recommended one, and the likeliest of the predicted ones."""
    needed = {result.function.memory_mb, *(each.memory_mb for each in result.recommendations)}
    others = [size for size in result.sizes if not size.is_measured and size.memory_mb not in needed]
    likeliest = sorted(others, key=lambda size: -size.near_best_ratio)[:_PREDICTED_MAX]
    for size in result.sizes:
        if size.is_measured or size.memory_mb in needed or size in likeliest:
            yield size


def _cells(size: SizeResult, result: TuneResult) -> list[Text]:
    is_asked = size.memory_mb == tune_words.recommended_mb(result)
    mark = _RECOMMENDED if is_asked else _PRESENT if size.memory_mb == result.function.memory_mb else " "
    style = "bold" if is_asked else "" if size.is_measured else "dim"
    name = f"{mark} {'' if size.is_measured else '~'}{size.memory_mb:,}"
    return [Text(cell, style) for cell in (name, *_figures(size, is_cold=result.is_cold))]


def _figures(size: SizeResult, *, is_cold: bool) -> Iterator[str]:
    timed = size.first if is_cold else size.warm
    yield _runs(size)
    if size.is_usable:
        yield from (figures.number(size.tuned_ms.value), _span(size.tuned_ms))
    else:
        yield from _NONE * 2
    yield "/".join(map(figures.number, (timed.median, timed.p90, timed.p99))) if timed.n else _NONE
    yield from (_median(size.init), _median(size.billed))
    yield figures.number(size.max_memory_mb) if size.max_memory_mb else _NONE
    if size.is_usable:
        yield from (figures.usd(Decimal(size.cost.value)), _span(size.cost), figures.percent(size.near_best_ratio))
    else:
        yield from _NONE * 3


def _runs(size: SizeResult) -> str:
    total, answered = sum(size.outcomes.values()), size.outcomes.get("succeeded", 0)
    if not total:
        return _NONE
    return str(total) if answered == total else f"{answered}/{total}"


def _median(summary: Summary) -> str:
    return figures.number(summary.median) if summary.n else _NONE


def _span(estimate: Estimate) -> str:
    return figures.span(estimate.low, estimate.high)


def _choices(result: TuneResult) -> Iterator[ConsoleRenderable]:
    """What each goal would take, and what the other architecture costs."""
    if not result.recommendations:
        return
    yield from title("Which size for what", "")
    for each in result.recommendations:
        goal = tune_words.goal(result, each.goal)
        if each.memory_mb is None:
            yield Text.assemble((f"{each.goal.value:<9}", "bold"), f"{goal}: none; {each.reason}")
        else:
            sure = tune_words.certainty(result, each)
            yield Text.assemble((f"{each.goal.value:<9}", "bold"), f"{each.memory_mb:,} MB, ", (sure, "dim"))
    for other in result.others:
        how = "measured" if other.is_measured else "the price is listed, the time a model"
        cost = f"{figures.usd(Decimal(other.cost.value))} per million ({_span(other.cost)})"
        time = f"{figures.ms(other.tuned_ms.value)} ({_span(other.tuned_ms)})"
        name = f"{other.architecture.value:<9}"
        yield Text.assemble((name, "bold"), f"{other.memory_mb:,} MB: {cost}, {time}; ", (how, "dim"))


def _basis(result: TuneResult) -> Iterator[ConsoleRenderable]:
    yield from title("Why it ended", result.ended)
    yield Text(tune_words.spent(result))
    if words := tune_words.law(result):
        yield Text(f"the model: {words}", "dim")
