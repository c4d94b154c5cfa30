"""Imports on the page: the tree as data for the interactive picture, and as tables that need no script."""

from typing import Any

import msgspec

from headstart.model.results import CheckResult, HandlerWork, ImportNode, ImportsResult, TopLevelWork
from headstart.report import digest, figures
from headstart.report.html_parts import badge, paragraph, section, table
from headstart.report.markup import EMPTY, Markup, code, el, join, text

NODES_MAX = 2_000
_ROWS_SHOWN = 25
_USED, _SUBTREE_USED, _IN_PACKAGE, _IN_HANDLER, _HAS_BYTECODE = 1, 2, 4, 8, 16
_BADGES = {"used": "calm", "in part": "calm", "unused": "warn"}
_LEGEND = (
    ("unused", "unused by your events"),
    ("part", "something below it was used"),
    ("used", "used"),
    ("standard", "part of Python or the runtime"),
    ("late", "loaded during an invocation"),
)


def imports(result: CheckResult) -> Markup:
    """The section on what init loads and runs."""
    found = result.imports
    return section(
        "imports",
        "Imports and top-level work",
        paragraph(_lead(found), "lead"),
        _picture(found) if found.roots else EMPTY,
        table(
            "The most expensive imports: of each distribution the module through which it was entered",
            ("module", "#ms in all", "#ms itself", "#MB", "#files", "by your events", "imported at"),
            rows=[_import_row(node) for node in digest.expensive_imports(result, _ROWS_SHOWN)],
        ),
        table(
            "Top-level work that is not an import",
            ("place", "source", "#ms"),
            rows=[_top_level_row(work) for work in found.top_level],
        ),
        table(
            "Work in the handler that belongs in init",
            ("place", "source", "what", "#median ms", "#calls", "#events"),
            rows=[_handler_row(work) for work in found.handler_work],
        ),
    )


def tree_data(found: ImportsResult) -> dict[str, Any]:
    """The tree for the page's script: nodes in preorder, each after its parent.

    A node is [parent's index or -1, module, self ms, cumulative ms, MB, files, flags, importer's index, line].
    Over ``NODES_MAX`` nodes the cheapest subtrees are left out; ``left_out`` says how many modules.
    """
    nodes = list(digest.walk(found.roots))
    floor_ms = 0.0
    if len(nodes) > NODES_MAX:
        floor_ms = sorted((node.cumulative_ms for node in nodes), reverse=True)[NODES_MAX - 1]
    importers: dict[str, int] = {}
    rows: list[list[Any]] = []
    waiting = [(root, -1) for root in reversed(found.roots)]
    while waiting and len(rows) < NODES_MAX:
        node, parent = waiting.pop()
        if node.cumulative_ms < floor_ms:
            continue
        waiting.extend((child, len(rows)) for child in reversed(node.children))
        rows.append([parent, *_node_row(node, importers.setdefault(node.importer, len(importers)))])
    return {"nodes": rows, "importers": list(importers), "left_out": len(nodes) - len(rows)}


def script_json(value: object) -> Markup:
    """JSON that cannot end the script element it stands in."""
    shown = msgspec.json.encode(value).decode()
    for character in "<>&\u2028\u2029":
        shown = shown.replace(character, f"\\u{ord(character):04x}")
    return Markup(shown)


def _node_row(node: ImportNode, importer: int) -> list[Any]:
    flags = (
        _USED * node.used
        | _SUBTREE_USED * node.subtree_used
        | _IN_PACKAGE * node.in_package
        | _IN_HANDLER * node.in_handler
        | _HAS_BYTECODE * node.has_bytecode
    )
    sizes = (round(node.self_ms, 3), round(node.cumulative_ms, 3), round(node.memory_mb, 2))
    return [node.module.encode("utf-8", "replace").decode(), *sizes, node.files, flags, importer, node.line]


def _lead(found: ImportsResult) -> str:
    """What the imports cost, in one or two sentences."""
    events = figures.count(found.events, "event")
    first = f"{figures.count(found.modules, 'module')} took {figures.ms(found.total_ms)} of init"
    if found.unused_ms:
        first += f"; {figures.ms(found.unused_ms)} of it went to modules that none of {events} used"
    how = f"One profile run (n = 1), scaled by {found.scale_ratio:.2f} to the timed runs."
    bytecode = f" {figures.count(found.without_bytecode, 'module')} had no bytecode." if found.without_bytecode else ""
    return f"{first}. {how}{bytecode}"


def _import_row(node: ImportNode) -> list[Markup]:
    use = digest.use_of(node)
    return [
        code(node.module),
        text(figures.tabular(node.cumulative_ms)),
        text(figures.tabular(node.self_ms)),
        text(figures.tabular(node.memory_mb)),
        text(f"{node.files:,}"),
        badge(use, _BADGES[use]),
        code(digest.import_place(node)) if node.importer else EMPTY,
    ]


def _top_level_row(work: TopLevelWork) -> list[Markup]:
    return [code(f"{work.path}:{work.line}"), code(work.source), text(figures.tabular(work.self_ms))]


def _handler_row(work: HandlerWork) -> list[Markup]:
    numbers = (figures.tabular(work.median_ms), f"{work.calls:,}", f"{work.events:,}")
    return [code(f"{work.path}:{work.line}"), code(work.source), text(work.what), *map(text, numbers)]


def _picture(found: ImportsResult) -> Markup:
    """The frame that the script fills; without a script the tables below say the same."""
    controls = (
        _choice("view", "Picture", options=(("icicle", "flame chart"), ("treemap", "treemap"))),
        _choice("measure", "Sized by", options=(("ms", "time"), ("mb", "memory"))),
        el("label", text("Find "), el("input", type="search", id="find", placeholder="module", autocomplete="off")),
    )
    keys = join(el("span", el("i", class_=f"key {name}"), text(words)) for name, words in _LEGEND)
    help_words = "Click a module to zoom in, the path above to zoom out; or use the arrow keys, Enter and Escape."
    return el(
        "div",
        el("div", *controls, class_="controls"),
        el("nav", id="path", aria_label="Zoomed to"),
        el("div", id="tree", tabindex=0, role="application", aria_label="Import tree; the table below lists the same"),
        el("p", id="tree-status", class_="quiet", role="status"),
        el("p", keys, class_="legend"),
        paragraph(help_words, "quiet"),
        el("div", id="tip", hidden="hidden"),
        el("script", script_json(tree_data(found)), type="application/json", id="imports-data"),
        class_="interactive",
        hidden="hidden",
    )


def _choice(name: str, title: str, *, options: tuple[tuple[str, str], ...]) -> Markup:
    buttons = [
        el("button", text(words), type="button", data_set=name, data_to=value, aria_pressed=str(not index).lower())
        for index, (value, words) in enumerate(options)
    ]
    return el("span", text(f"{title} "), *buttons, role="group", aria_label=title, class_="choice")
