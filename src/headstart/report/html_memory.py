"""Memory on the page: each phase against the memory size, and the curve over warm invocations."""

from headstart.model.results import MemoryResult
from headstart.report import chart, figures
from headstart.report.html_parts import figure, paragraph, section, table
from headstart.report.markup import EMPTY, Markup, code, el, text

_WIDTH = 960
_HEIGHT = 230
_PANELS = ((60.0, 440.0), (550.0, 930.0))
_POINTS_MAX = 500
_SLOPE_VALUES_MIN = 3


def memory(found: MemoryResult) -> Markup:
    """The section on memory."""
    ratio = found.max_used_mb / found.memory_size_mb if found.memory_size_mb else 0.0
    used = f"{figures.mb(found.max_used_mb)} of {found.memory_size_mb:,} MB used at most ({figures.percent(ratio)})."
    measured = len(found.series_mb) >= _SLOPE_VALUES_MIN
    return section(
        "memory",
        "Memory",
        paragraph(f"{used} {_growth(found)}".strip(), "lead"),
        figure(_phases(found), "The peak of each phase against the memory size."),
        figure(_curves(found), _CAPTION) if measured else EMPTY,
        table(
            "Lines that hold the most memory at the end, by tracemalloc in a run of its own",
            ("place", "source", "#MB", "#blocks"),
            rows=[
                [code(f"{site.path}:{site.line}"), code(site.source), text(f"{site.mb:.2f}"), text(f"{site.blocks:,}")]
                for site in found.allocations
            ],
        ),
    )


_CAPTION = (
    "Resident memory after each warm invocation of one environment: left against the memory size (the red line), "
    "right close up, with the slope of the later half."
)


def _growth(found: MemoryResult) -> str:
    if len(found.series_mb) < _SLOPE_VALUES_MIN:
        return ""
    rate = f"{figures.number(found.growth_mb_per_1000)} MB per 1,000 invocations"
    bounds = f"95 % interval {figures.span(found.growth_low, found.growth_high)}, n = {len(found.series_mb):,}"
    return f"{'It leaks' if found.leaks else 'No leak seen'}: it grows by {rate} ({bounds})."


def _phases(found: MemoryResult) -> Markup:
    rows = (("init", found.peak_init_mb), ("invoke", found.peak_invoke_mb), ("most ever", found.max_used_mb))
    limit = float(found.memory_size_mb)
    x = chart.linear((0.0, max(limit, found.max_used_mb) or 1.0), (170, 890))
    parts = []
    for row, (name, value_mb) in enumerate(rows):
        top = 4 + row * 26
        parts.append(chart.label((158, top + 13), name, anchor="end", class_="name"))
        parts.append(el("rect", x=170, y=top, width=x(limit) - 170, height=18, rx=3, class_="track"))
        parts.append(el("rect", x=170, y=top, width=max(x(value_mb) - 170, 0.0), height=18, rx=3, class_="used-memory"))
        parts.append(chart.label((x(value_mb) + 8, top + 13), figures.mb(value_mb), class_="value"))
    parts.append(el("line", x1=x(limit), x2=x(limit), y1=0, y2=82, class_="limit"))
    parts.append(
        chart.label((x(limit), 98), f"memory size {found.memory_size_mb:,} MB", anchor="end", class_="tick warn")
    )
    return chart.drawing(_WIDTH, 104, *parts, title="Peak memory in init and invoke against the memory size")


def _curves(found: MemoryResult) -> Markup:
    low, high = min(found.series_mb), max(found.series_mb)
    margin = max((high - low) * 0.15, 0.5)
    (left, middle), (third, right) = _PANELS
    whole = chart.Frame(left, 14, middle, _HEIGHT - 34)
    close = chart.Frame(third, 14, right, _HEIGHT - 34)
    ceiling_mb = max(float(found.memory_size_mb), high) * 1.04
    parts = (
        _panel(found, whole, low_mb=0.0, high_mb=ceiling_mb),
        _limit_line(found, whole, ceiling_mb=ceiling_mb),
        _panel(found, close, low_mb=low - margin, high_mb=high + margin),
        _slope_line(found, close, low_mb=low - margin, high_mb=high + margin),
    )
    return chart.drawing(_WIDTH, _HEIGHT, *parts, title="Resident memory over warm invocations")


def _panel(found: MemoryResult, frame: chart.Frame, *, low_mb: float, high_mb: float) -> Markup:
    last = len(found.series_mb) - 1
    x = chart.linear((0, last), (frame.left, frame.right))
    y = chart.linear((low_mb, high_mb), (frame.bottom, frame.top))
    step = max(1, len(found.series_mb) // _POINTS_MAX)
    points = [(x(index), y(found.series_mb[index])) for index in range(0, last + 1, step)]
    middle = (frame.left + frame.right) / 2
    return el(
        "g",
        chart.horizontal_grid(frame, y, values=chart.ticks(low_mb, high_mb, wanted=4)),
        chart.polyline(points, "series"),
        chart.label((frame.left, frame.bottom + 18), "1", anchor="middle"),
        chart.label((middle, frame.bottom + 18), "warm invocations", anchor="middle"),
        chart.label((frame.right, frame.bottom + 18), f"{last + 1:,}", anchor="end"),
        chart.label((frame.left - 8, frame.top - 4), "MB", anchor="end"),
    )


def _limit_line(found: MemoryResult, frame: chart.Frame, *, ceiling_mb: float) -> Markup:
    y = chart.linear((0.0, ceiling_mb), (frame.bottom, frame.top))(float(found.memory_size_mb))
    line = el("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="limit")
    words = chart.label((frame.right, y + 15), f"{found.memory_size_mb:,} MB", anchor="end", class_="tick warn")
    return el("g", line, words)


def _slope_line(found: MemoryResult, frame: chart.Frame, *, low_mb: float, high_mb: float) -> Markup:
    """The line of the result's slope through the middle of the later half, and the fan of its interval."""
    later = found.series_mb[len(found.series_mb) // 2 :]
    last = len(found.series_mb) - 1
    first = last - len(later) + 1
    if len(later) < _SLOPE_VALUES_MIN:
        return EMPTY
    x = chart.linear((0, last), (frame.left, frame.right))
    y = chart.linear((low_mb, high_mb), (frame.bottom, frame.top))
    centre, middle_mb = (first + last) / 2, sum(later) / len(later)

    def at(index: float, per_1000: float) -> tuple[float, float]:
        return x(index), y(middle_mb + (index - centre) * per_1000 / 1000)

    bounds = (found.growth_low, found.growth_high)
    fan = [at(end, per_1000) for end in (first, last) for per_1000 in bounds]
    area = el("polygon", points=chart.path(fan), class_="band")
    line = chart.polyline([at(first, found.growth_mb_per_1000), at(last, found.growth_mb_per_1000)], "slope")
    return el("g", area, line)
