"""The sections of the screen that show figures: each yields its lines, the title first."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.console import ConsoleRenderable
from rich.table import Table
from rich.text import Text

from headstart.model.results import (
    CheckResult,
    ColdStartResult,
    CostResult,
    CpuResult,
    CurvePoint,
    ImportNode,
    MemoryResult,
)
from headstart.report import digest, figures
from headstart.report.digest import Doubt
from headstart.report.terminal import bar

_BAR_CELLS = 76
_MEMORY_BAR_CELLS = 24
_IMPORTS_SHOWN = 10
_POINTS_SHOWN = 7
_PLACE_CELLS = 32
_DETAILS_SHOWN = 2
# Told apart by character where there is no colour.
_PHASE_STYLES = (("▒", "dim"), ("▓", "blue"), ("█", "magenta"), ("░", "cyan"))
_USE_STYLES = {"used": "dim", "in part": "", "unused": "bold red"}


def title(name: str, rest: str) -> Iterator[ConsoleRenderable]:
    """An empty line and the title of a section, with its main figure."""
    yield Text()
    yield Text.assemble((name, "bold underline"), f"  {rest}" if rest else "")


def grid(columns: int) -> Table:
    """A table without lines: one column of words, then columns of figures."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for _ in range(columns - 1):
        table.add_column(justify="right", no_wrap=True)
    return table


def cold_start(cold: ColdStartResult) -> Iterator[ConsoleRenderable]:
    """The cold start as a bar of its parts, and their percentiles."""
    yield from title("Cold start", f"{figures.median(cold.total)}, what the caller waits")
    phases = digest.phases(cold)
    yield bar([(each.median, *style) for (_, each), style in zip(phases, _PHASE_STYLES, strict=True)], _BAR_CELLS)
    table = grid(6)
    headings = ("median ms", "95 % interval", "p90", "p99", "n")
    table.add_row("", *(Text(heading, "dim") for heading in headings))
    rows = [(label, summary, *style) for (label, summary), style in zip(phases, _PHASE_STYLES, strict=True)]
    if cold.warm:
        rows.append(("warm invocation, after it", cold.warm, " ", ""))
    for label, summary, character, style in rows:
        values = (figures.tabular(value) for value in (summary.p90, summary.p99))
        name = Text.assemble((character, style), f" {label}")
        table.add_row(name, figures.tabular(summary.median), figures.interval(summary), *values, f"{summary.n:,}")
    yield table


def imports(result: CheckResult) -> Iterator[ConsoleRenderable]:
    """The ten most expensive imports."""
    found = result.imports
    unused = f", {figures.ms(found.unused_ms)} unused by your events" if found.unused_ms else ""
    yield from title("Imports", f"{found.modules:,} modules, {figures.ms(found.total_ms)} of init{unused}")
    shown = digest.expensive_imports(result, _IMPORTS_SHOWN)
    if not shown:
        return
    table = grid(6)
    table.columns[4].justify = table.columns[5].justify = "left"
    table.columns[0].no_wrap = table.columns[5].no_wrap = False
    headings = ("ms in all", "ms itself", "MB", "by your events", "imported at")
    table.add_row(Text("module", "dim"), *(Text(heading, "dim") for heading in headings))
    for node in shown:
        table.add_row(*_import_cells(node))
    yield table


def memory(found: MemoryResult) -> Iterator[ConsoleRenderable]:
    """Memory used against the memory size, and growth."""
    ratio = found.max_used_mb / found.memory_size_mb if found.memory_size_mb else 0.0
    used = f"{figures.mb(found.max_used_mb)} used at most of {found.memory_size_mb:,} MB ({figures.percent(ratio)})"
    parts = f"init {figures.mb(found.peak_init_mb)}, invoke {figures.mb(found.peak_invoke_mb)}"
    yield from title("Memory", f"{used}: {parts}")
    style = "red" if ratio > 0.9 else "cyan"
    line = [bar([(found.max_used_mb, "█", style)], _MEMORY_BAR_CELLS, whole=float(found.memory_size_mb))]
    if len(found.series_mb) >= 3:
        line.append(Text("  leaks, ", "bold red") if found.leaks else Text("  no leak seen, ", "dim"))
        line.append(Text(f"growth {figures.number(found.growth_mb_per_1000)} MB per 1,000 invocations "))
        line.append(Text(f"({figures.span(found.growth_low, found.growth_high)}, n = {len(found.series_mb)})", "dim"))
    yield Text.assemble(*line)


def cpu(found: CpuResult, memory_mb: int) -> Iterator[ConsoleRenderable]:
    """CPU used and the curve over memory sizes."""
    busy = f"{figures.ms(found.cpu.median)} of CPU in {figures.ms(found.wall.median)} (n = {found.wall.n:,})"
    yield from title("CPU", f"{busy}, parallelism {found.parallelism:.2f} while not throttled")
    points = _shown_points(digest.curve(found.curve), memory_mb)
    if not points:
        return
    table = grid(1 + len(points))
    sizes = (Text(f"{point.memory_mb:,}", "bold" if point.memory_mb == memory_mb else "") for point in points)
    table.add_row(Text("memory size, MB", "dim"), *sizes)
    table.add_row(Text("warm duration, ms", "dim"), *(_duration(point) for point in points))
    table.add_row(Text("USD per million warm", "dim"), *(_price(point) for point in points))
    yield table
    if any(not point.n for point in points):
        power = f"^{found.exponent:.1f}" if found.exponent != 1 else ""
        law = f"~ is the model: {figures.ms(found.io_ms)} + {figures.ms(found.cpu_ms)} of CPU / share{power}"
        yield Text(f"{law}, off by {figures.percent(found.model_error_ratio)} where measured", "dim")


def cost(found: CostResult) -> Iterator[ConsoleRenderable]:
    """Cost per million and per month, by part."""
    traffic = found.traffic
    volume = f"{traffic.invocations_per_month:,} invocations, {figures.percent(traffic.cold_ratio)} of them cold"
    total = f"{figures.usd(found.total_per_million)} per million, {figures.usd(found.total_per_month)} per month"
    yield from title("Cost", f"{total}  ({volume})")
    lines = digest.cost_lines(found)
    table = grid(1 + 2 * len(lines))
    table.add_row(Text("per million", "dim"), *_priced(lines, [line.per_million for line in lines]))
    table.add_row(Text("per month", "dim"), *_priced(lines, [line.per_month for line in lines]))
    yield table


def caveats(doubts: tuple[Doubt, ...]) -> Iterator[ConsoleRenderable]:
    """Each doubt with its advice and what was seen; nothing where there is none."""
    if not doubts:
        return
    yield from title("Caveats", "")
    table = Table.grid(padding=(0, 1))
    for doubt in doubts:
        more = len(doubt.details) - _DETAILS_SHOWN
        seen = "; ".join(doubt.details[:_DETAILS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        table.add_row(Text("!", "bold magenta"), Text.assemble(doubt.advice, (f" ({seen})" if seen else "", "dim")))
    yield table


def _priced(lines: Sequence[digest.CostLine], prices: Sequence[Decimal]) -> Iterator[Text]:
    for line, price in zip(lines, prices, strict=True):
        yield from (Text(line.label, "dim"), Text(figures.usd(price)))


def _import_cells(node: ImportNode) -> tuple[Text, ...]:
    use = digest.use_of(node)
    return (
        Text(node.module, no_wrap=True, overflow="ellipsis"),
        Text(figures.tabular(node.cumulative_ms)),
        Text(figures.tabular(node.self_ms)),
        Text(figures.tabular(node.memory_mb)),
        Text(use, _USE_STYLES[use]),
        Text(_tail(digest.import_place(node)), "cyan", no_wrap=True, overflow="ellipsis"),
    )


def _tail(place: str) -> str:
    """The end of a path, which says more than its start."""
    return place if len(place) <= _PLACE_CELLS else f"…{place[1 - _PLACE_CELLS :]}"


def _shown_points(points: tuple[CurvePoint, ...], memory_mb: int) -> tuple[CurvePoint, ...]:
    """All measured points and the configured size, then model points while there is room."""
    must = [point for point in points if point.n or point.memory_mb == memory_mb]
    room = max(0, _POINTS_SHOWN - len(must))
    kept = must[:_POINTS_SHOWN] + [point for point in points if point not in must][:room]
    return tuple(sorted(kept, key=lambda point: point.memory_mb))


def _duration(point: CurvePoint) -> Text:
    if point.outcome != "succeeded":
        return Text(point.outcome.replace("_", " "), "red")
    return Text(f"{'' if point.n else '~'}{figures.number(point.duration_ms)}", "" if point.n else "italic")


def _price(point: CurvePoint) -> Text:
    if point.outcome != "succeeded":
        return Text("")
    return Text(f"{'' if point.n else '~'}{figures.usd(point.cost_usd_per_million)}", "" if point.n else "italic")
