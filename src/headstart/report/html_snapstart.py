"""SnapStart on the page: whether it pays, what is unsafe to snapshot, and the hooks that ran."""

from headstart.model.snapstart import Hook, SnapshotFinding, SnapStartResult, Way
from headstart.report import figures, snapstart_words
from headstart.report.html_parts import badge, paragraph, section, table
from headstart.report.markup import EMPTY, Markup, code, el, join, text

_WAYS = ("new environments", "#first answer, p50 ms", "#it may be", "#p99 ms", "#USD per month", "how known")
_HOOKS = ("hook", "place", "#ms", "raised")


def snapstart(found: SnapStartResult) -> Markup:
    """The section on SnapStart."""
    return section(
        "snapstart",
        "SnapStart",
        paragraph(f"{snapstart_words.headline(found)}.", "lead"),
        paragraph(found.verdict),
        table("Ways to start an environment", _WAYS, rows=[_way(way) for way in found.ways]),
        paragraph(snapstart_words.break_even(found), "quiet"),
        table("What a snapshot keeps", ("what", "about", "place"), rows=[_finding(each) for each in found.findings]),
        paragraph(snapstart_words.hooks(found), "quiet"),
        table("Hooks before the snapshot, in the order in which they ran", _HOOKS, rows=_hooks(found.before)),
        table("Hooks after the restore, in the order in which they ran", _HOOKS, rows=_hooks(found.after)),
    )


def _way(way: Way) -> list[Markup]:
    known = badge("model", "model") if way.is_model else badge("measured", "calm")
    return [
        text(way.name),
        text(figures.tabular(way.p50_ms)),
        text(figures.span(way.low_ms, way.high_ms) if way.is_model else ""),
        text(figures.tabular(way.p99_ms)),
        text(figures.usd(way.usd_month)),
        join([known, text(f" {way.why}")]),
    ]


def _finding(finding: SnapshotFinding) -> list[Markup]:
    word = badge("unsafe", "warn") if finding.is_unsafe else badge("note", "calm")
    words = el("div", paragraph(f"{finding.evidence}."), paragraph(f"{finding.remedy}.", "quiet"), class_="detail")
    named = join([word, text(" "), code(finding.name), words])
    return [named, text(finding.concern.value), code(finding.place) if finding.place else EMPTY]


def _hooks(hooks: tuple[Hook, ...]) -> list[list[Markup]]:
    return [[code(hook.name), code(hook.place), text(figures.number(hook.ms)), text(hook.error)] for hook in hooks]
