"""SnapStart on the screen: whether it pays, and what is unsafe to snapshot."""

from collections.abc import Iterator

from rich.console import ConsoleRenderable
from rich.padding import Padding
from rich.text import Text

from headstart.model.snapstart import SnapshotFinding, SnapStartResult
from headstart.report import figures, snapstart_words
from headstart.report.text_sections import grid, title

_INDENT = 8


def snapstart(found: SnapStartResult) -> Iterator[ConsoleRenderable]:
    """The section on SnapStart."""
    yield from title("SnapStart", snapstart_words.headline(found))
    yield Text(found.verdict)
    if found.ways:
        yield _ways(found)
        yield Text(snapstart_words.break_even(found), "dim")
    if hooks := snapstart_words.hooks(found):
        yield Text(hooks, "dim")
    for group in snapstart_words.alike(found.findings):
        yield from _group(group)


def _ways(found: SnapStartResult) -> ConsoleRenderable:
    table = grid(5)
    headings = ("first answer, p50 ms", "it may be", "p99", "USD per month")
    table.add_row("", *(Text(heading, "dim") for heading in headings))
    for way in found.ways:
        mark = "~" if way.is_model else ""
        may_be = figures.span(way.low_ms, way.high_ms) if way.is_model else ""
        times = (f"{mark}{figures.number(way.p50_ms)}", may_be, f"{mark}{figures.number(way.p99_ms)}")
        table.add_row(Text(way.name), *times, f"{mark}{figures.usd(way.usd_month)}")
    return table


def _group(alike: tuple[SnapshotFinding, ...]) -> Iterator[ConsoleRenderable]:
    first = alike[0]
    word = ("unsafe  ", "bold red") if first.is_unsafe else ("note    ", "dim")
    yield Text.assemble(word, first.concern.value)
    for finding in alike:
        place = f"  {finding.place}" if finding.place else ""
        yield Padding(Text.assemble((finding.name, "bold"), (place, "cyan")), (0, 0, 0, _INDENT))
    yield Padding(Text(f"{first.evidence}; to do: {first.remedy}", "dim"), (0, 0, 0, _INDENT))
