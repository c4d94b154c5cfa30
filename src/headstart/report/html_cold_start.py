"""The cold start on the page: the median run as a waterfall, every run as a strip, and the percentiles."""

from headstart.model.results import ColdStartResult
from headstart.report import chart, digest, figures
from headstart.report.html_parts import SUMMARY_COLUMNS, figure, paragraph, section, summary_cells, table
from headstart.report.markup import EMPTY, Markup, code, el, join, text

_WIDTH = 960
_LEFT = 170
_RIGHT = 890
_ROW_PX = 34
_STRIP_ROW_PX = 15
_RUNS_SHOWN = 40
_CLASSES = ("phase-creation", "phase-boot", "phase-init", "phase-invocation")


def cold_start(cold: ColdStartResult) -> Markup:
    """The section on cold starts."""
    rows = [[text(label), *summary_cells(summary)] for label, summary in digest.phases(cold)]
    rows.append([text("init, as Lambda reports it"), *summary_cells(cold.init)])
    rows.append([el("b", text("cold start in all")), *summary_cells(cold.total)])
    if cold.warm:
        rows.append([text("warm invocation, after it"), *summary_cells(cold.warm)])
    return section(
        "cold-start",
        "Cold start",
        paragraph(f"A caller who meets a cold start waits {figures.median(cold.total)}.", "lead"),
        figure(_waterfall(cold), "The run nearest to the median, phase after phase.") if cold.runs else EMPTY,
        figure(_strip(cold), _strip_caption(cold)) if cold.runs else EMPTY,
        table("Phases of the cold start", ("phase", *SUMMARY_COLUMNS), rows=rows),
        _failures(cold),
    )


def _waterfall(cold: ColdStartResult) -> Markup:
    run = digest.median_run(cold)
    lengths_ms = digest.run_phases_ms(run) if run else ()
    end_ms = sum(lengths_ms)
    bottom = len(lengths_ms) * _ROW_PX + 6
    x = chart.linear((0.0, end_ms or 1.0), (_LEFT, _RIGHT))
    parts = [_time_axis(x, end_ms, bottom=bottom)]
    start_ms = 0.0
    for row, ((name, _), length_ms) in enumerate(zip(digest.phases(cold), lengths_ms, strict=True)):
        top, left, right = row * _ROW_PX + 6, x(start_ms), x(start_ms + length_ms)
        rectangle = {"x": left, "y": top, "width": max(right - left, 1.5), "height": _ROW_PX - 12, "rx": 3}
        parts.append(chart.label((_LEFT - 12, top + 16), name, anchor="end", class_="name"))
        parts.append(el("rect", class_=_CLASSES[row], **rectangle))
        inside = right - left > 90
        anchor, position = ("end", right - 8) if inside else ("start", right + 8)
        class_ = f"value on-{_CLASSES[row]}" if inside else "value"
        parts.append(chart.label((position, top + 16), figures.ms(length_ms), anchor=anchor, class_=class_))
        start_ms += length_ms
    title = f"Waterfall of one cold start of {figures.ms(end_ms)}"
    return chart.drawing(_WIDTH, bottom + 26, *parts, title=title)


def _strip(cold: ColdStartResult) -> Markup:
    runs = [digest.run_phases_ms(run) for run in cold.runs[:_RUNS_SHOWN]]
    longest_ms = max(sum(run) for run in runs)
    bottom = len(runs) * _STRIP_ROW_PX + 4
    x = chart.linear((0.0, longest_ms or 1.0), (_LEFT, _RIGHT))
    parts = [_time_axis(x, longest_ms, bottom=bottom)]
    for row, lengths_ms in enumerate(runs):
        top, start_ms = row * _STRIP_ROW_PX + 4, 0.0
        parts.append(chart.label((_LEFT - 12, top + 9), f"run {row + 1}", anchor="end"))
        for length_ms, class_ in zip(lengths_ms, _CLASSES, strict=True):
            width = x(start_ms + length_ms) - x(start_ms)
            parts.append(el("rect", x=x(start_ms), y=top, width=width, height=_STRIP_ROW_PX - 5, class_=class_))
            start_ms += length_ms
        parts.append(chart.label((x(start_ms) + 8, top + 9), figures.number(start_ms)))
    return chart.drawing(_WIDTH, bottom + 26, *parts, title=f"All {len(runs)} cold starts, phase by phase")


def _strip_caption(cold: ColdStartResult) -> str:
    shown = f"The first {_RUNS_SHOWN} of {len(cold.runs)}" if len(cold.runs) > _RUNS_SHOWN else "Every"
    return (
        f"{shown} run{'s' if shown != 'Every' else ''} in the order made, in the same colours, total in ms at the end."
    )


def _time_axis(x: chart.Scale, end_ms: float, *, bottom: float) -> Markup:
    parts = []
    for tick in chart.ticks(0.0, end_ms, wanted=6):
        parts.append(el("line", x1=x(tick), x2=x(tick), y1=0, y2=bottom, class_="grid"))
        parts.append(chart.label((x(tick), bottom + 18), figures.ms(tick), anchor="middle"))
    return join(parts)


def _failures(cold: ColdStartResult) -> Markup:
    if not cold.failures:
        return EMPTY
    return el("div", paragraph("What failed:"), el("ul", *(el("li", code(failure)) for failure in cold.failures)))
