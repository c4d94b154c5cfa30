"""Before and after on the page: two bars for each phase, and from the old package to the new one step by step."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from headstart.model.comparison import ComparisonResult, Difference, Step
from headstart.model.sample import Summary
from headstart.report import chart, digest, figures
from headstart.report.html_parts import badge, figure, paragraph, section, table
from headstart.report.markup import EMPTY, Markup, code, el, join, text

_WIDTH: Final = 960
_LEFT: Final = 230
_RIGHT: Final = 850
_BAR_PX: Final = 15
_PAIR_PX: Final = 46
_ROW_PX: Final = 34
_PHASES: Final = ("init", "first invocation", "first answer", "warm invocation")
_STEPS: Final = (
    "Where each millisecond went: medians of init and first invocation, each package with one thing more. The table "
    "has what each saved in pairs of runs."
)
_BADGES: Final = {"better": "good", "worse": "warn"}


def before_after(comparison: ComparisonResult) -> Markup:
    """The section that sets two packages side by side."""
    how = "Both were run in turn in one session." if comparison.interleaved else "They were run at different times."
    return section(
        "before-after",
        "Before and after",
        paragraph(sentence, "lead") if (sentence := digest.first_answer(comparison)) else EMPTY,
        el("p", code(comparison.old_name), text(" → "), code(comparison.new_name), text(f". {how}")),
        _bars([each for each in comparison.differences if each.name in _PHASES and each.of_old and each.of_new]),
        _waterfall(comparison.steps),
        _step_table(comparison.steps),
        _figure_table(comparison.differences),
        _cost_table(comparison),
        _doubts(comparison),
    )


def _bars(differences: Sequence[Difference]) -> Markup:
    """The medians of each phase, the old one above the new one, with their 95 % intervals."""
    ends = [each.of_old.median_high for each in differences if each.of_old]
    ends += [each.of_new.median_high for each in differences if each.of_new]
    if not ends:
        return EMPTY
    x, bottom = chart.linear((0.0, max(ends) or 1.0), (_LEFT, _RIGHT)), len(differences) * _PAIR_PX
    parts = [_axis(x, max(ends), bottom=bottom)]
    for row, each in enumerate(differences):
        top = row * _PAIR_PX + 6
        parts.append(chart.label((_LEFT - 12, top + _BAR_PX + 4), each.name, anchor="end", class_="name"))
        for place, (summary, class_) in enumerate(((each.of_old, "before"), (each.of_new, "after"))):
            if summary is not None:
                parts.append(_bar(x, summary, top=top + place * (_BAR_PX + 2), class_=class_))
    drawn = chart.drawing(_WIDTH, bottom + 26, *parts, title="Medians before and after, phase by phase")
    return figure(drawn, "Medians, the old package above the new one; the thin line is the 95 % interval.")


def _bar(x: chart.Scale, summary: Summary, *, top: float, class_: str) -> Markup:
    middle = top + _BAR_PX / 2
    width = max(x(summary.median) - _LEFT, 1.5)
    return join(
        (
            el("rect", x=_LEFT, y=top, width=width, height=_BAR_PX, rx=2, class_=class_),
            _whisker(x, summary, y=middle),
            chart.label((x(summary.median_high) + 8, middle + 4), figures.ms(summary.median), class_="value"),
        )
    )


def _whisker(x: chart.Scale, summary: Summary, *, y: float) -> Markup:
    return el("line", x1=x(summary.median_low), x2=x(summary.median_high), y1=y, y2=y, class_="whisker")


def _waterfall(steps: Sequence[Step]) -> Markup:
    """From the first answer of the old package to that of the new one: what each step takes off, or adds."""
    if not steps:
        return EMPTY
    longest_ms = max(step.first_answer.median for step in steps)
    x, bottom = chart.linear((0.0, longest_ms or 1.0), (_LEFT, _RIGHT)), (len(steps) + 1) * _ROW_PX
    parts = [_axis(x, longest_ms, bottom=bottom), _whole(x, steps[0], row=0, class_="before")]
    for row, (before, after) in enumerate(pairwise(steps), start=1):
        parts.append(_difference(x, before, after=after, row=row))
    parts.append(_whole(x, steps[-1], row=len(steps), class_="after"))
    drawn = chart.drawing(_WIDTH, bottom + 26, *parts, title="What each step takes off the first answer")
    return figure(drawn, _STEPS)


def _whole(x: chart.Scale, step: Step, *, row: int, class_: str) -> Markup:
    top, median_ms = row * _ROW_PX + 6, step.first_answer.median
    name = step.name if row == 0 else "the new package"
    rectangle = {"x": _LEFT, "y": top, "width": max(x(median_ms) - _LEFT, 1.5), "height": _ROW_PX - 12, "rx": 3}
    return join(
        (
            chart.label((_LEFT - 12, top + 16), name, anchor="end", class_="name"),
            el("rect", class_=class_, **rectangle),
            chart.label((x(median_ms) + 8, top + 16), figures.ms(median_ms), class_="value"),
        )
    )


def _difference(x: chart.Scale, before: Step, *, after: Step, row: int) -> Markup:
    top, saved_ms = row * _ROW_PX + 6, before.first_answer.median - after.first_answer.median
    left, right = sorted((x(before.first_answer.median), x(after.first_answer.median)))
    rectangle = {"x": left, "y": top, "width": max(right - left, 1.5), "height": _ROW_PX - 12, "rx": 3}
    sign = "−" if saved_ms >= 0 else "+"
    return join(
        (
            chart.label((_LEFT - 12, top + 16), after.name, anchor="end", class_="name"),
            el("rect", class_="saved" if saved_ms >= 0 else "added", **rectangle),
            chart.label((right + 8, top + 16), f"{sign}{figures.ms(abs(saved_ms))}", class_="value"),
        )
    )


def _axis(x: chart.Scale, end_ms: float, *, bottom: float) -> Markup:
    parts = []
    for tick in chart.ticks(0.0, end_ms, wanted=6):
        parts.append(el("line", x1=x(tick), x2=x(tick), y1=0, y2=bottom, class_="grid"))
        parts.append(chart.label((x(tick), bottom + 18), figures.ms(tick), anchor="middle"))
    return join(parts)


def _step_table(steps: Sequence[Step]) -> Markup:
    rows = [
        [
            text(step.name),
            *(text(value) for value in (figures.tabular(step.init.median), figures.tabular(step.first_answer.median))),
            text(figures.interval(step.first_answer)),
            text(figures.tabular(step.saves.median) if step.saves else "–"),
            text(f"{figures.interval(step.saves)}, n = {step.saves.n:,}" if step.saves else "–"),
            text(figures.tabular(step.saves_cpu.median) if step.saves_cpu else "–"),
        ]
        for step in steps
    ]
    columns = (
        "package",
        "#init ms",
        "#first answer ms",
        "#95 % interval",
        "#saves ms",
        "#95 % interval, pairs",
        "#saves ms of CPU",
    )
    return table("What each step saves, in pairs of runs", columns, rows=rows)


def _figure_table(differences: Sequence[Difference]) -> Markup:
    rows = [
        [
            text(each.name),
            *_quantity(each.old, each.unit, of=each.of_old),
            *_quantity(each.new, each.unit, of=each.of_new),
            text(f"× {each.ratio:.2f}" if each.old else "–"),
            badge(each.verdict, _BADGES.get(each.verdict, "calm")),
        ]
        for each in differences
    ]
    columns = ("figure", "#old", "#95 % interval", "#new", "#95 % interval", "#new / old", "verdict")
    return table("Every figure, before and after", columns, rows=rows)


def _quantity(value: float, unit: str, *, of: Summary | None) -> Iterator[Markup]:
    yield text(f"{figures.number(value)} {unit}")
    yield text(f"{figures.interval(of)}, n = {of.n:,}" if of else "–")


def _cost_table(comparison: ComparisonResult) -> Markup:
    rows = [
        [text(figures.percent(each.cold_ratio)), text(figures.usd(each.old_usd)), text(figures.usd(each.new_usd))]
        for each in comparison.costs
    ]
    return table("Cost per million invocations", ("cold starts", "#old USD", "#new USD"), rows=rows)


def _doubts(comparison: ComparisonResult) -> Markup:
    doubts = digest.group(comparison.caveats)
    items = (el("li", text(doubt.advice), text(f" {'; '.join(doubt.details)}")) for doubt in doubts)
    return el("ul", *items, class_="caveats") if doubts else EMPTY
