"""What tuning found out as one page that needs nothing else: the recommendation, the picture, every size."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from headstart.model.tuning import Estimate, SizeResult, TuneResult
from headstart.report import figures, tune_words
from headstart.report.html_page import page
from headstart.report.html_parts import badge, caveats, environment, machine, paragraph, section, table, tile
from headstart.report.html_tune_picture import picture
from headstart.report.markup import EMPTY, Markup, el, join, text

_LINKS: Final = (
    ("sizes", "Memory sizes"),
    ("goals", "Which size for what"),
    ("search", "The search"),
    ("caveats", "Caveats"),
    ("environment", "Environment"),
)
_SIZES: Final = (
    *("memory size", "how", "outcomes", "#ms", "#95 % interval", "#median ms", "#p90 ms", "#p99 ms"),
    *("#init ms", "#billed ms", "#used MB", "#USD per million", "#95 % interval", "#near best"),
)
_WHAT_IS_TIMED: Final = {
    False: "ms is the duration of the events' mix by their weights, median to p99 those of all warm invocations.",
    True: "ms is init and first invocation together, median to p99 those of the first invocations alone.",
}
_NONE: Final = "–"


def render(result: TuneResult) -> str:
    """The page; it loads nothing and runs nothing."""
    title = f"{result.function.name} – memory size – Headstart report"
    return page(title, _header(result), _main(result), _footer(result))


def _main(result: TuneResult) -> Markup:
    return el(
        "main",
        _first(result),
        _key_figures(result),
        section(
            "sizes",
            "Memory sizes",
            picture(result, recommended_mb=tune_words.recommended_mb(result)),
            table("Every size", _SIZES, rows=[_row(size, result) for size in result.sizes]),
            paragraph(_WHAT_IS_TIMED[result.is_cold], "quiet"),
            *(paragraph(sentence) for sentence in tune_words.failures(result)),
        ),
        _goals(result),
        _search(result),
        caveats(tune_words.doubts(result)),
        _environment(result),
    )


def _header(result: TuneResult) -> Markup:
    function = result.function
    facts = (
        function.source,
        function.runtime,
        f"{function.memory_mb:,} MB now",
        function.architecture.value,
        function.region,
        result.created,
    )
    links = join(el("a", text(words), href=f"#{anchor}") for anchor, words in _LINKS)
    shown = join((el("span", text(fact)) for fact in facts if fact), Markup(" "))
    return el("header", el("h1", text(function.name)), el("p", shown, class_="facts"), el("nav", links))


def _first(result: TuneResult) -> Markup:
    return el(
        "section",
        paragraph("The memory size to take", "eyebrow"),
        el("h2", text(tune_words.verdict(result))),
        paragraph(f"Why the search ended: {result.ended}.", "quiet"),
        class_="first",
    )


def _key_figures(result: TuneResult) -> Markup:
    chosen = tune_words.size_of(result, tune_words.recommended_mb(result))
    if chosen is None:
        return EMPTY
    how = "measured" if chosen.is_measured else "predicted"
    what = "init and first invocation" if result.is_cold else "when warm"
    within = f"to be within {figures.percent(result.tolerance_ratio)} of the best"
    return el(
        "dl",
        tile("Memory size", f"{chosen.memory_mb:,} MB", note=f"now {result.function.memory_mb:,} MB"),
        tile("Time", figures.ms(chosen.tuned_ms.value), note=f"{_span(chosen.tuned_ms)}, {what}, {how}"),
        tile("Cost per million", figures.usd(Decimal(chosen.cost.value)), note=_span(chosen.cost)),
        tile("How sure", figures.percent(result.recommendations[0].probability), note=within),
        class_="tiles",
    )


def _row(size: SizeResult, result: TuneResult) -> list[Markup]:
    how = badge("measured", "calm") if size.is_measured else badge("predicted", "model")
    cells = (tune_words.outcomes(size) if size.outcomes else _NONE, *_figures(size, is_cold=result.is_cold))
    if not size.is_usable:
        how = badge("not usable", "warn")
    return [_name(size, result), how, *(text(cell) for cell in cells)]


def _name(size: SizeResult, result: TuneResult) -> Markup:
    name = text(f"{size.memory_mb:,} MB")
    if size.memory_mb == tune_words.recommended_mb(result):
        return el("b", name, text(" (recommended)"))
    return el("b", name, text(" (present)")) if size.memory_mb == result.function.memory_mb else name


def _figures(size: SizeResult, *, is_cold: bool) -> Iterator[str]:
    """One for each column of figures; a predicted size has a time, a cost and how near it is to the best."""
    has_time = size.tuned_ms.value > 0
    yield from (figures.tabular(size.tuned_ms.value), _span(size.tuned_ms)) if has_time else _NONE * 2
    timed = size.first if is_cold else size.warm
    for seen in (timed.median, timed.p90, timed.p99):
        yield figures.tabular(seen) if timed.n else _NONE
    for found in (size.init, size.billed):
        yield figures.tabular(found.median) if found.n else _NONE
    yield figures.tabular(size.max_memory_mb) if size.max_memory_mb else _NONE
    has_cost = size.cost.value > 0
    yield from (figures.usd(Decimal(size.cost.value)), _span(size.cost)) if has_cost else _NONE * 2
    yield figures.percent(size.near_best_ratio) if size.is_usable else _NONE


def _goals(result: TuneResult) -> Markup:
    rows = [
        [
            text(tune_words.goal(result, each.goal)),
            text(_NONE if each.memory_mb is None else f"{each.memory_mb:,} MB"),
            text(each.reason if each.memory_mb is None else tune_words.certainty(result, each)),
            text(_signed(each.saves_ms)),
            text(_signed(each.saves_usd_month)),
        ]
        for each in result.recommendations
    ]
    columns = ("what is wanted", "#memory size", "how sure", "#saves ms", "#saves USD per month")
    others = [
        [
            text(other.architecture.value),
            text(f"{other.memory_mb:,} MB"),
            text(f"{figures.ms(other.tuned_ms.value)} ({_span(other.tuned_ms)})"),
            text(f"{figures.usd(Decimal(other.cost.value))} ({_span(other.cost)})"),
            badge("measured", "calm") if other.is_measured else badge("model", "model"),
        ]
        for other in result.others
    ]
    traffic = (
        f"At {result.traffic.invocations_per_month:,} invocations a month, "
        f"{figures.percent(result.traffic.cold_ratio)} of them cold, against the present "
        f"{result.function.memory_mb:,} MB. List prices as of {result.prices_as_of}, request fee included."
    )
    return section(
        "goals",
        "Which size for what",
        paragraph(traffic, "quiet"),
        table("Each goal", columns, rows=rows),
        table(
            "The other architecture",
            ("architecture", "#memory size", "time", "USD per million", "time is"),
            rows=others,
        ),
    )


def _search(result: TuneResult) -> Markup:
    law = tune_words.law(result)
    spent = f"{tune_words.spent(result)}. It ended because: {result.ended}."
    return section("search", "The search", paragraph(spent), paragraph(f"The model: {law}.", "quiet") if law else EMPTY)


def _environment(result: TuneResult) -> Markup:
    function = result.function
    facts = (
        ("code", function.source),
        ("timeout", f"{function.timeout_s} s"),
        ("events", ", ".join(function.events) or "none"),
        *(machine(result.host) if result.host else (("machine", f"AWS Lambda in {function.region}"),)),
    )
    return environment(facts)


def _footer(result: TuneResult) -> Markup:
    return el("footer", paragraph("Every figure is in tune.json beside this page, every invocation in the journal."))


def _signed(estimate: Estimate | None) -> str:
    if estimate is None:
        return _NONE
    return f"{figures.number(estimate.value)} ({_span(estimate)})".replace("-", "−")


def _span(estimate: Estimate) -> str:
    return figures.span(estimate.low, estimate.high)
