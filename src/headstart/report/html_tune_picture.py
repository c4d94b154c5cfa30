"""The picture of tuning: time and cost over memory size, what was measured and what the model says of the rest."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from headstart.model.tuning import Estimate, SizeResult, TuneResult
from headstart.report import chart, figures
from headstart.report.html_parts import figure
from headstart.report.markup import EMPTY, Markup, el, join, text

_WIDTH: Final = 960
_HEIGHT: Final = 320
_LABEL_PX: Final = 46
_TIME: Final = chart.Frame(60, 40, 455, 262)
_COST: Final = chart.Frame(545, 40, 940, 262)
# How far from a point its size's word stands, and how far apart two such words must be.
_MARK_PX: Final = 6
_CAPTION: Final = (
    "Time and cost over the memory size, each doubling equally wide. Full points were measured, bars are their 95 % "
    "intervals. The dashed line and its band are the model, hollow points its predictions. The solid vertical line is "
    "the recommended size, the dotted one the present size."
)


def picture(result: TuneResult, *, recommended_mb: int | None) -> Markup:
    """Both curves side by side; nothing where no size has a figure."""
    sizes = [size for size in result.sizes if size.tuned_ms.value > 0]
    if not sizes:
        return EMPTY
    marks = _Marks(recommended_mb, result.function.memory_mb)
    what = "init and first invocation, ms" if result.is_cold else "duration when warm, ms"
    time = _Panel(_TIME, sizes, lambda size: size.tuned_ms, figures.ms)
    cost = _Panel(_COST, sizes, lambda size: size.cost, _per_million)
    drawn = (_drawn(time, marks, title=what), _drawn(cost, marks, title="USD per million invocations"))
    return figure(chart.drawing(_WIDTH, _HEIGHT, *drawn, title="Time and cost over memory size"), _CAPTION)


def _per_million(usd: float) -> str:
    return f"{figures.usd(Decimal(usd))} per million"


class _Marks(msgspec.Struct, frozen=True):
    """The sizes that have a line of their own."""

    recommended_mb: int | None
    present_mb: int


class _Panel(msgspec.Struct, frozen=True):
    """One curve: where it goes, its sizes, the figure of each, measured or the model's, and how a value is written.
    Memory doubles evenly, values start at zero.
    """

    frame: chart.Frame
    sizes: Sequence[SizeResult]
    figure: Callable[[SizeResult], Estimate]
    written: Callable[[float], str]

    @property
    def x(self) -> chart.Scale:
        every = [size.memory_mb for size in self.sizes]
        return chart.logarithmic((min(every) / 1.2, max(every) * 1.2), (self.frame.left, self.frame.right))

    @property
    def highest(self) -> float:
        return 1.1 * max(self._top(size) for size in self.sizes)

    @property
    def y(self) -> chart.Scale:
        return chart.linear((0.0, self.highest), (self.frame.bottom, self.frame.top))

    def line(self) -> list[chart.Point]:
        return [(self.x(size.memory_mb), self.y(self.figure(size).value)) for size in self.sizes]

    def band(self) -> list[chart.Point]:
        """Around all low and high ends, as one outline."""
        x, y = self.x, self.y
        lows = [(x(size.memory_mb), y(max(0.0, self.figure(size).low))) for size in self.sizes]
        highs = [(x(size.memory_mb), y(min(self.highest, self.figure(size).high))) for size in self.sizes]
        return [*lows, *reversed(highs)]

    def _top(self, size: SizeResult) -> float:
        """The end of the interval, but not of one so wide that nothing else could be seen."""
        found = self.figure(size)
        return min(found.high, 2 * found.value)


def _drawn(panel: _Panel, marks: _Marks, *, title: str) -> Markup:
    frame, y = panel.frame, panel.y
    ticks = chart.ticks(0.0, panel.highest, wanted=4)
    return join(
        (
            chart.horizontal_grid(frame, y, values=ticks),
            chart.label((frame.left, frame.top - 22), title, class_="name"),
            el("polygon", points=chart.path(panel.band()), class_="model-band"),
            chart.polyline(panel.line(), "model-line"),
            *_vertical_lines(panel, marks),
            *_axis(panel),
            *(_interval(panel, size) for size in panel.sizes if size.is_measured),
            *(_dot(panel, size) for size in panel.sizes),
        )
    )


def _vertical_lines(panel: _Panel, marks: _Marks) -> Iterator[Markup]:
    """The present size dotted, the recommended one solid, each with its name above; one where they are the same."""
    words = {marks.present_mb: ("present", "present"), marks.recommended_mb: ("recommended", "configured")}
    known = {size.memory_mb for size in panel.sizes}
    for mb, (word, class_) in words.items():
        if mb is not None and mb in known:
            x = panel.x(mb)
            yield el("line", x1=x, x2=x, y1=panel.frame.top, y2=panel.frame.bottom, class_=class_)
            is_right = mb >= max(marks.present_mb, marks.recommended_mb or 0)
            anchor, shift = ("start", -_MARK_PX) if is_right else ("end", _MARK_PX)
            yield chart.label((x + shift, panel.frame.top - 6), word, anchor=anchor)


def _axis(panel: _Panel) -> Iterator[Markup]:
    """Memory sizes under the axis, measured ones first; those that would touch another are left out."""
    taken: list[float] = []
    for size in sorted(panel.sizes, key=lambda each: (not each.is_measured, each.memory_mb)):
        x = panel.x(size.memory_mb)
        if all(abs(x - other) >= _LABEL_PX for other in taken):
            taken.append(x)
            yield chart.label((x, panel.frame.bottom + 20), f"{size.memory_mb:,}", anchor="middle")
    yield chart.label((panel.frame.right, panel.frame.bottom + 42), "memory size, MB", anchor="end")


def _interval(panel: _Panel, size: SizeResult) -> Markup:
    x, found = panel.x(size.memory_mb), panel.figure(size)
    low, high = panel.y(max(0.0, found.low)), panel.y(min(panel.highest, found.high))
    return el("line", x1=x, x2=x, y1=low, y2=high, class_="interval")


def _dot(panel: _Panel, size: SizeResult) -> Markup:
    found = panel.figure(size)
    how = f"measured, n = {sum(size.outcomes.values()):,}" if size.is_measured else "predicted"
    words = text(f"{size.memory_mb:,} MB: {panel.written(found.value)} ({how})")
    class_ = "measured" if size.is_measured else "modelled"
    return el("circle", el("title", words), cx=panel.x(size.memory_mb), cy=panel.y(found.value), r=5, class_=class_)
