"""Pieces that every part of the page is made of: sections, tables, key figures."""

from collections.abc import Iterable, Sequence

from headstart.model.results import HostFacts
from headstart.model.sample import Summary
from headstart.report import figures
from headstart.report.digest import Doubt
from headstart.report.markup import EMPTY, Markup, code, el, join, text


def section(anchor: str, title: str, *parts: Markup) -> Markup:
    """A section of the page with its heading."""
    heading = f"{anchor}-title"
    return el("section", el("h2", text(title), id=heading), *parts, id=anchor, aria_labelledby=heading)


def paragraph(words: str, class_: str | None = None) -> Markup:
    """A paragraph of words, in which `backticks` mark code."""
    parts = (code(part) if index % 2 else text(part) for index, part in enumerate(words.split("`")))
    return el("p", *parts, class_=class_)


def figure(picture: Markup, caption: str) -> Markup:
    """A picture that scrolls on a narrow screen, with a caption."""
    return el("figure", el("div", picture, class_="scroll"), el("figcaption", text(caption)))


def table(caption: str, columns: Sequence[str], *, rows: Iterable[Sequence[Markup]]) -> Markup:
    """A table with header cells. A column whose name starts with ``#`` holds figures; the first names its row."""
    kinds = ["number" if name.startswith("#") else None for name in columns]
    named = zip(columns, kinds, strict=True)
    head = join(el("th", text(name.lstrip("#")), scope="col", class_=kind) for name, kind in named)
    body = join(el("tr", _row(cells, kinds)) for cells in rows)
    if not body:
        return EMPTY
    parts = (el("caption", text(caption)), el("thead", el("tr", head)), el("tbody", body))
    return el("div", el("table", *parts), class_="scroll")


def summary_cells(summary: Summary) -> list[Markup]:
    """Median, interval, p90, p99 and n of a sample, under ``SUMMARY_COLUMNS``; dashes for an empty sample."""
    if not summary.n:
        return [text(value) for value in (*"––––", "0")]
    shown = (
        figures.tabular(summary.median),
        figures.interval(summary),
        figures.tabular(summary.p90),
        figures.tabular(summary.p99),
        f"{summary.n:,}",
    )
    return [text(value) for value in shown]


SUMMARY_COLUMNS = ("#median ms", "#95 % interval", "#p90 ms", "#p99 ms", "#n")


def tile(name: str, value: str, *, note: str) -> Markup:
    """One key figure."""
    return el("div", el("dt", text(name)), el("dd", el("strong", text(value)), el("small", text(note))))


def badge(word: str, class_: str) -> Markup:
    """A word that classifies its row."""
    return el("span", text(word), class_=f"badge {class_}")


def caveats(doubts: Sequence[Doubt]) -> Markup:
    """The section of what limits how far the figures can be trusted, each with what to do about it."""
    if not doubts:
        return section("caveats", "Caveats", paragraph("None."))
    items = (
        el(
            "li",
            el("p", text(doubt.advice)),
            el("p", code(doubt.code.value), text(f" {'; '.join(doubt.details)}"), class_="quiet"),
        )
        for doubt in doubts
    )
    return section("caveats", "Caveats", el("ul", *items, class_="caveats"))


def environment(facts: Iterable[tuple[str, str]]) -> Markup:
    """The section that says how it was measured."""
    rows = [[text(name), text(value)] for name, value in facts]
    return section("environment", "Environment", table("How it was measured", ("fact", "value"), rows=rows))


def machine(host: HostFacts) -> tuple[tuple[str, str], ...]:
    """The machine, and by what means it enforced what Lambda enforces, for ``environment``."""
    return (
        ("machine", f"{host.platform}, {figures.count(host.cpus, 'CPU')}, Python {host.python}"),
        ("CPU share held by", host.cpu),
        ("memory limit held by", host.memory),
        ("freeze held by", host.freeze),
        ("files kept apart by", host.files),
        ("Headstart", host.headstart),
    )


def _row(cells: Sequence[Markup], kinds: Sequence[str | None]) -> Markup:
    first, *rest = cells
    others = (el("td", cell, class_=kind) for cell, kind in zip(rest, kinds[1:], strict=True))
    return join([el("th", first, scope="row"), *others])
