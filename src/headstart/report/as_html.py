"""A result as one page that needs nothing else: no network, no fonts, no other file."""

from headstart.model.results import Advice, CheckResult
from headstart.model.sample import Summary
from headstart.report import digest, figures
from headstart.report.html_before_after import before_after
from headstart.report.html_cold_start import cold_start
from headstart.report.html_cpu import cpu
from headstart.report.html_imports import imports
from headstart.report.html_memory import memory
from headstart.report.html_page import page
from headstart.report.html_parts import badge, caveats, environment, machine, paragraph, section, table, tile
from headstart.report.html_snapstart import snapstart
from headstart.report.markup import EMPTY, Markup, code, el, join, text

_LINKS = (
    ("before-after", "Before and after"),
    ("advice", "What to do"),
    ("cold-start", "Cold start"),
    ("imports", "Imports"),
    ("memory", "Memory"),
    ("cpu", "CPU"),
    ("cost", "Cost"),
    ("snapstart", "SnapStart"),
    ("caveats", "Caveats"),
    ("environment", "Environment"),
)


def render(result: CheckResult) -> str:
    """The page, under 400 KB for trees of 2,000 modules; larger trees lose their cheapest branches."""
    title = f"{result.function.name} – Headstart report"
    return page(title, _header(result), _main(result), _footer(result), script="report.js")


def _main(result: CheckResult) -> Markup:
    return el(
        "main",
        _first_change(result),
        _key_figures(result),
        before_after(result.comparison) if result.comparison else EMPTY,
        _advice(result),
        cold_start(result.cold_start),
        imports(result),
        memory(result.memory),
        cpu(result.cpu, result.function.memory_mb),
        _cost(result),
        snapstart(result.snapstart) if result.snapstart else EMPTY,
        caveats(digest.doubts(result)),
        _environment(result),
    )


def _header(result: CheckResult) -> Markup:
    function = result.function
    facts = (
        function.handler,
        function.runtime,
        f"{function.memory_mb:,} MB",
        function.architecture.value,
        function.region,
        figures.count(result.cold_start.environments, "cold start"),
        result.created,
    )
    optional = {"snapstart": result.snapstart, "before-after": result.comparison}
    shown_links = (link for link in _LINKS if optional.get(link[0], link))
    links = join(el("a", text(words), href=f"#{anchor}") for anchor, words in shown_links)
    shown = join((el("span", text(fact)) for fact in facts if fact), Markup(" "))
    return el("header", el("h1", text(function.name)), el("p", shown, class_="facts"), el("nav", links))


def _first_change(result: CheckResult) -> Markup:
    if not result.advice:
        return el("section", paragraph("Nothing stands out", "eyebrow"), paragraph(_NOTHING, "lead"), class_="first")
    first = result.advice[0]
    saved = [el("li", el("strong", text(f"−{figure}")), text(f" {unit}")) for figure, unit in _gains(first)]
    place = el("p", code(first.place), class_="place") if first.place else EMPTY
    return el(
        "section",
        paragraph("The one change that matters most", "eyebrow"),
        el("h2", text(first.title)),
        el("ul", *saved, el("li", badge(digest.basis(first), "calm"), class_="basis"), class_="gains"),
        paragraph(first.action, "action"),
        paragraph(first.evidence, "quiet"),
        place,
        class_="first",
    )


_NOTHING = "No change that Headstart knows would make this function faster or cheaper."


def _gains(advice: Advice) -> list[tuple[str, str]]:
    """Each saving as (figure, the rest)."""
    return [(saving[: saving.index(" per ")], saving[saving.index(" per ") + 1 :]) for saving in digest.savings(advice)]


def _key_figures(result: CheckResult) -> Markup:
    cold, cost, limit_mb = result.cold_start, result.cost, result.memory.memory_size_mb
    tiles = [_time_tile("Cold start", cold.total)]
    if cold.warm:
        tiles.append(_time_tile("Warm invocation", cold.warm))
    tiles.append(tile("Memory used", figures.mb(result.memory.max_used_mb), note=f"of {limit_mb:,} MB"))
    month = f"{figures.usd(cost.total_per_month)} per month"
    tiles.append(tile("Cost per million", figures.usd(cost.total_per_million), note=month))
    return el("dl", *tiles, class_="tiles")


def _time_tile(name: str, summary: Summary) -> Markup:
    if not summary.n:
        return tile(name, "–", note="not measured")
    return tile(name, figures.ms(summary.median), note=f"{figures.interval(summary)}, n = {summary.n:,}")


def _advice(result: CheckResult) -> Markup:
    columns = ("what to do", "#ms per cold start", "#ms per warm invocation", "#USD per month", "how known")
    rows = [
        [
            join([text(f"{rank}. {advice.title}"), _advice_detail(advice)]),
            _saving(advice.saves_cold_ms),
            _saving(advice.saves_warm_ms),
            text(f"−{figures.usd(advice.saves_usd_month)}" if advice.saves_usd_month > 0 else "–"),
            badge(digest.basis(advice), "calm" if advice.measured else "model"),
        ]
        for rank, advice in enumerate(result.advice, start=1)
    ]
    words = (
        "Ranked by what it saves at the stated traffic. Savings overlap: two together save less than their sum."
        if rows
        else _NOTHING
    )
    return section("advice", "What to do", paragraph(words, "quiet"), table("Changes, best first", columns, rows=rows))


def _advice_detail(advice: Advice) -> Markup:
    place = el("p", code(advice.place)) if advice.place else EMPTY
    return el("div", paragraph(advice.action), paragraph(advice.evidence, "quiet"), place, class_="detail")


def _saving(value_ms: float) -> Markup:
    return text(f"−{figures.tabular(value_ms)}" if value_ms >= 0.05 else "–")


def _cost(result: CheckResult) -> Markup:
    cost = result.cost
    rows = [
        [text(line.label), text(figures.usd(line.per_million)), text(figures.usd(line.per_month))]
        for line in digest.cost_lines(cost)
    ]
    totals = (figures.usd(cost.total_per_million), figures.usd(cost.total_per_month))
    rows.append([el("b", text("in all")), *(el("b", text(total)) for total in totals)])
    traffic = (
        f"{cost.traffic.invocations_per_month:,} invocations per month, {figures.percent(cost.traffic.cold_ratio)} of "
        f"them cold, at {cost.memory_size_mb:,} MB on {cost.architecture.value} in {cost.region}."
    )
    prices = f"List prices of the first tier as of {cost.prices_as_of}, without the free tier."
    columns = ("part", "#USD per million", "#USD per month")
    return section(
        "cost", "Cost", paragraph(traffic, "lead"), table("The bill", columns, rows=rows), paragraph(prices, "quiet")
    )


def _environment(result: CheckResult) -> Markup:
    host, function = result.host, result.function
    package = f"{figures.mb(function.package_mb)} in {figures.count(function.package_files, 'file')}"
    if function.package_zipped_mb is not None:
        package += f", {figures.mb(function.package_zipped_mb)} zipped"
    facts = (
        ("code", function.code),
        ("package, unzipped", package),
        ("timeout", f"{function.timeout_s} s"),
        ("events", ", ".join(function.events) or "none"),
        *machine(host),
    )
    return environment(facts)


def _footer(result: CheckResult) -> Markup:
    return el(
        "footer", paragraph(f"Headstart {result.host.headstart}. Every figure is in report.json beside this page.")
    )
