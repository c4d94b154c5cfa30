"""CPU on the page: how busy the function is, and duration and cost over memory sizes."""

import math
from collections.abc import Callable, Iterator

import msgspec

from headstart.model.results import CpuResult, CurvePoint
from headstart.report import chart, digest, figures
from headstart.report.html_parts import SUMMARY_COLUMNS, badge, figure, paragraph, section, summary_cells, table
from headstart.report.markup import EMPTY, Markup, el, join, text

_WIDTH = 960
_HEIGHT = 300
_LABEL_PX = 44
_DURATION_FRAME = chart.Frame(60, 34, 450, 252)
_COST_FRAME = chart.Frame(550, 34, 940, 252)
_CAPTION = (
    "Warm duration and cost over the memory size. Full points were measured, with their interval; hollow points and "
    "the dashed line are the model. The vertical line is the configured size."
)
_CPU_TEXT = (
    (0.25, "It mostly waits: more memory will not make it much faster."),
    (0.75, "It computes about as much as it waits."),
    (1.3, "It keeps one thread busy: up to 1,769 MB, more memory makes it faster."),
)
_CPU_PARALLEL = "It computes on more than one thread: memory sizes above 1,769 MB help too."


def cpu(found: CpuResult, memory_mb: int) -> Markup:
    """The section on CPU and memory size."""
    points = digest.curve(found.curve)
    drawn = [point for point in points if point.outcome == "succeeded" and point.memory_mb > 0]
    rows = [[text("CPU time"), *summary_cells(found.cpu)], [text("duration"), *summary_cells(found.wall)]]
    columns = ("memory size", "#duration ms", "#interval", "#USD per million", "#n", "how")
    return section(
        "cpu",
        "CPU and memory size",
        paragraph(_lead(found), "lead"),
        figure(_curves(drawn, memory_mb), _CAPTION) if drawn else EMPTY,
        table("The curve", columns, rows=[_row(point, memory_mb) for point in points]),
        _law(found) if any(not point.n for point in points) else EMPTY,
        table("CPU of warm invocations at the configured size", ("", *SUMMARY_COLUMNS), rows=rows),
    )


def _lead(found: CpuResult) -> str:
    if found.wall.median <= 0:
        return "No warm invocation was measured."
    said = next((words for most, words in _CPU_TEXT if found.parallelism < most), _CPU_PARALLEL)
    return (
        f"A warm invocation takes {figures.median(found.wall)} and {figures.ms(found.cpu.median)} of CPU; parallelism "
        f"is {found.parallelism:.2f} while not throttled. {said}"
    )


def _law(found: CpuResult) -> Markup:
    share = "min(memory / 1769, parallelism but at least 1, vCPUs)"
    terms = f"{figures.ms(found.io_ms)} + {figures.ms(found.cpu_ms)} · {share}^-{found.exponent:.1f}"
    off = f"Predicting each measured point from the others, it is off by {figures.percent(found.model_error_ratio)}"
    return paragraph(f"The model: duration = {terms}. {off} at the median.", "quiet")


def _row(point: CurvePoint, memory_mb: int) -> list[Markup]:
    size = text(f"{point.memory_mb:,} MB")
    name = el("b", size, text(" (configured)")) if point.memory_mb == memory_mb else size
    how = badge("measured", "calm") if point.n else badge("model", "model")
    if point.outcome != "succeeded":
        failed = badge(point.outcome.replace("_", " "), "warn")
        return [name, text("–"), text("–"), text("–"), text(f"{point.n:,}"), failed]
    bounds = figures.span(point.low_ms, point.high_ms) if point.n else "–"
    cost = figures.usd(point.cost_usd_per_million)
    return [name, text(figures.tabular(point.duration_ms)), text(bounds), text(cost), text(f"{point.n:,}"), how]


def _curves(points: list[CurvePoint], memory_mb: int) -> Markup:
    longest_ms = max(max(point.duration_ms, point.high_ms) for point in points) or 1.0
    dearest = float(max(point.cost_usd_per_million for point in points)) or 1.0
    duration = _Panel(_DURATION_FRAME, points, lambda point: point.duration_ms, longest_ms)
    cost = _Panel(_COST_FRAME, points, lambda point: float(point.cost_usd_per_million), dearest)
    parts = (
        _panel(duration, memory_mb, title="warm duration, ms"),
        join(_interval(duration, point) for point in points if point.n),
        _panel(cost, memory_mb, title="USD per million invocations"),
    )
    return chart.drawing(_WIDTH, _HEIGHT, *parts, title="Warm duration and cost over memory size")


class _Panel(msgspec.Struct, frozen=True):
    """One curve: its points, what is drawn of each, and where it goes. Memory doubles evenly, values start at zero."""

    frame: chart.Frame
    points: list[CurvePoint]
    value: Callable[[CurvePoint], float]
    highest: float

    @property
    def x(self) -> chart.Scale:
        sizes = [point.memory_mb for point in self.points]
        return chart.logarithmic((min(sizes) / 1.2, max(sizes) * 1.2), (self.frame.left, self.frame.right))

    @property
    def y(self) -> chart.Scale:
        return chart.linear((0.0, self.highest * 1.1), (self.frame.bottom, self.frame.top))

    def at(self, point: CurvePoint) -> tuple[float, float]:
        return self.x(point.memory_mb), self.y(self.value(point))


def _panel(panel: _Panel, memory_mb: int, *, title: str) -> Markup:
    frame, x, y = panel.frame, panel.x, panel.y
    parts = [
        chart.horizontal_grid(frame, y, values=chart.ticks(0.0, panel.highest * 1.1, wanted=4)),
        chart.label((frame.left, frame.top - 16), title, class_="name"),
    ]
    if memory_mb in {point.memory_mb for point in panel.points}:
        at = x(memory_mb)
        parts.append(el("line", x1=at, x2=at, y1=frame.top, y2=frame.bottom, class_="configured"))
    parts.append(chart.polyline([panel.at(point) for point in panel.points], "model-line"))
    parts.append(chart.polyline([panel.at(point) for point in panel.points if point.n], "series"))
    parts.extend(_size_labels(panel))
    parts.extend(_dot(panel, point) for point in panel.points)
    return join(parts)


def _size_labels(panel: _Panel) -> Iterator[Markup]:
    """Memory sizes under the axis, those that would touch the one before left out."""
    end = -math.inf
    for point in panel.points:
        position = panel.x(point.memory_mb)
        if position - end >= _LABEL_PX:
            end = position
            yield chart.label((position, panel.frame.bottom + 20), f"{point.memory_mb:,}", anchor="middle")
    yield chart.label((panel.frame.right, panel.frame.bottom + 40), "memory size, MB", anchor="end")


def _dot(panel: _Panel, point: CurvePoint) -> Markup:
    x, y = panel.at(point)
    how = f"measured, n = {point.n:,}" if point.n else "model"
    cost = figures.usd(point.cost_usd_per_million)
    words = f"{point.memory_mb:,} MB: {figures.ms(point.duration_ms)}, {cost} per million ({how})"
    return el("circle", el("title", text(words)), cx=x, cy=y, r=5, class_="measured" if point.n else "modelled")


def _interval(panel: _Panel, point: CurvePoint) -> Markup:
    x = panel.x(point.memory_mb)
    return el("line", x1=x, x2=x, y1=panel.y(point.low_ms), y2=panel.y(point.high_ms), class_="interval")
