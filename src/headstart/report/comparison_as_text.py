"""Two results as a screen of a terminal: how long callers wait before and after, and where each ms went."""

from collections.abc import Iterator

from rich.console import ConsoleRenderable
from rich.text import Text

from headstart.model.comparison import ComparisonResult, CostAt, Difference, Step
from headstart.model.sample import Summary
from headstart.report import digest, figures
from headstart.report.terminal import Screen, bar
from headstart.report.text_sections import caveats, grid, title

_BAR_CELLS = 24
_VERDICT_STYLES = {"better": "green", "worse": "red"}


def render(comparison: ComparisonResult) -> Screen:
    """The first answer in a sentence, each figure with its verdict, and what each step saved."""
    parts = (
        _headline(comparison),
        _differences(comparison.differences),
        _steps(comparison.steps),
        _costs(comparison.costs),
        [Text(), Text(comparison.verdict, "bold")],
        caveats(digest.group(comparison.caveats)),
    )
    return Screen(line for part in parts for line in part)


def _headline(comparison: ComparisonResult) -> Iterator[ConsoleRenderable]:
    how = "run in turn" if comparison.interleaved else "run at different times, so drift of the host counts too"
    yield Text.assemble((comparison.old_name, "bold"), " → ", (comparison.new_name, "bold"), (f"  {how}", "dim"))
    if sentence := digest.first_answer(comparison):
        yield Text(sentence, "bold")
    yield Text()


def _differences(differences: tuple[Difference, ...]) -> Iterator[ConsoleRenderable]:
    table = grid(5)
    table.add_row("", *(Text(heading, "dim") for heading in ("old", "new", "new / old", "verdict")))
    for each in differences:
        style = _VERDICT_STYLES.get(each.verdict, "dim")
        old = _quantity(each.old, each.unit, of=each.of_old)
        new = _quantity(each.new, each.unit, of=each.of_new)
        ratio = Text(f"× {each.ratio:.2f}" if each.old else "")
        table.add_row(Text(each.name), old, new, ratio, Text(each.verdict, style))
    yield table


def _quantity(value: float, unit: str, *, of: Summary | None) -> Text:
    interval = f"  {figures.interval(of)}" if of else ""
    return Text.assemble(f"{figures.number(value)} {unit}", (interval, "dim"))


def _steps(steps: tuple[Step, ...]) -> Iterator[ConsoleRenderable]:
    if not steps:
        return
    yield from title("Where each ms went", "init and first invocation, in ms; each package has one thing more")
    longest_ms = max(step.first_answer.median for step in steps)
    table = grid(6)
    table.columns[5].justify = "left"
    table.add_row("", *(Text(heading, "dim") for heading in ("first answer", "saves", "95 % interval", "of CPU", "")))
    for step in steps:
        answer = bar([(step.first_answer.median, "█", "blue")], _BAR_CELLS, whole=longest_ms)
        cpu = figures.tabular(step.saves_cpu.median) if step.saves_cpu else ""
        table.add_row(Text(step.name), figures.tabular(step.first_answer.median), *_saved(step.saves), cpu, answer)
    yield table


def _saved(saves: Summary | None) -> tuple[Text, Text]:
    """The median and its interval, faint where that has zero in it: noise, as far as these runs can tell."""
    if saves is None:
        return Text(), Text()
    style = "dim" if saves.median_low <= 0 <= saves.median_high else ""
    return Text(figures.tabular(saves.median), style), Text(figures.interval(saves), style)


def _costs(costs: tuple[CostAt, ...]) -> Iterator[ConsoleRenderable]:
    if not costs:
        return
    yield from title("Cost per million", "by the share of cold starts")
    table = grid(1 + len(costs))
    table.add_row("", *(Text(figures.percent(each.cold_ratio), "dim") for each in costs))
    table.add_row(Text("old", "dim"), *(figures.usd(each.old_usd) for each in costs))
    table.add_row(Text("new", "dim"), *(figures.usd(each.new_usd) for each in costs))
    yield table
