"""Parts of hand-drawn SVG charts: scales, axes and frames. Positions are in px of the drawing's own size."""

import math
from collections.abc import Callable, Sequence

import msgspec

from headstart.report.markup import Markup, el, text

Scale = Callable[[float], float]
Span = tuple[float, float]
Point = tuple[float, float]


class Frame(msgspec.Struct, frozen=True):
    """The plot area inside a drawing."""

    left: float
    top: float
    right: float
    bottom: float


def drawing(width: int, height: int, *parts: Markup, title: str) -> Markup:
    """An SVG that scales with the page and names itself to a screen reader."""
    box = f"0 0 {width} {height}"
    return el("svg", el("title", text(title)), *parts, viewBox=box, role="img", class_="chart")


def linear(values: Span, pixels: Span) -> Scale:
    """From a span of values to one of pixels; everything at the first pixel when the span is empty."""
    (low, high), (start, end) = values, pixels
    width = high - low
    return lambda value: start + (end - start) * ((value - low) / width if width else 0.0)


def logarithmic(values: Span, pixels: Span) -> Scale:
    """As ``linear``, each doubling equally far from the last; bounds above zero."""
    low, high = values
    inner = linear((math.log2(low), math.log2(high)), pixels)
    return lambda value: inner(math.log2(value))


def ticks(low: float, high: float, *, wanted: int = 5) -> tuple[float, ...]:
    """Round values within ``low`` … ``high``, about ``wanted`` of them."""
    if high <= low:
        return (low,)
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(index * step for index in range(first, last + 1))


def label(at: Point, value: str, *, anchor: str = "start", class_: str = "tick") -> Markup:
    """A line of text."""
    x, y = at
    return el("text", text(value), x=x, y=y, text_anchor=anchor, class_=class_)


def horizontal_grid(frame: Frame, scale: Scale, *, values: Sequence[float]) -> Markup:
    """Faint lines with their values at the left."""
    parts = []
    for value in values:
        y = scale(value)
        parts.append(el("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="grid"))
        parts.append(label((frame.left - 8, y + 4), f"{value:,g}", anchor="end"))
    return Markup("".join(parts))


def polyline(points: Sequence[Point], class_: str) -> Markup:
    """Points joined by straight lines."""
    return el("polyline", points=path(points), class_=class_)


def path(points: Sequence[Point]) -> str:
    """Points as SVG writes them."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
