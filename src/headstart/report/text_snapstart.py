"""SnapStart on the screen: whether it pays, and what is unsafe to snapshot."""

from collections.abc import Iterator

from rich.console import ConsoleRenderable
from rich.padding import Padding
from rich.text import Text

from headstart.model.snapstart import SnapshotFinding, SnapStartResult
from headstart.report import digest, figures
from headstart.report.text_sections import grid, title

_NOTES_SHOWN = 3


def snapstart(found: SnapStartResult) -> Iterator[ConsoleRenderable]:
    """The section on SnapStart."""
    yield from title("SnapStart", digest.snapshot_verdict(found))
    yield Text(found.verdict)
    if found.ways:
        yield _ways(found)
        yield Text(digest.break_even(found), "dim")
    if hooks := digest.hooks_in_words(found):
        yield Text(hooks, "dim")
    for finding in found.unsafe:
        yield from _finding(finding, word=Text("unsafe  ", "bold red"))
    notes = [finding for finding in found.findings if not finding.is_unsafe]
    for finding in notes[:_NOTES_SHOWN]:
        yield from _finding(finding, word=Text("note    ", "dim"))
    if len(notes) > _NOTES_SHOWN:
        yield Text(f"        and {figures.count(len(notes) - _NOTES_SHOWN, 'note')} more in the report", "dim")


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


def _finding(finding: SnapshotFinding, *, word: Text) -> Iterator[ConsoleRenderable]:
    place = f"  {finding.place}" if finding.place else ""
    yield Text.assemble(word, (finding.name, "bold"), f"  {finding.concern.value}", (place, "cyan"))
    yield Padding(Text(f"{finding.evidence}. To do: {finding.remedy}."), (0, 0, 0, 8))
