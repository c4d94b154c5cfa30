"""Advice on the init phase: imports that no event used, missing bytecode, slow module-level code."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from headstart.measure.findings import Findings
from headstart.measure.imports import walk
from headstart.model.results import Advice, ImportNode

UNUSED_IMPORT: Final = "unused-import"
BYTECODE: Final = "bytecode"
TOP_LEVEL_WORK: Final = "top-level-work"
HANDLER_IMPORT: Final = "handler-import"

# Below this a change is not worth the reading.
_WORTH_MS: Final = 1.0
_WORTH_OF_INIT_RATIO: Final = 0.02


class _Saving(msgspec.Struct, frozen=True):
    ms: float
    mb: float
    modules: int


def unused_imports(findings: Findings) -> Iterator[Advice]:
    """Import statements in the user's own code of which no event used anything."""
    used = {node.module for node in walk(findings.imports.roots) if node.used}
    by_statement: dict[tuple[str, int], list[ImportNode]] = defaultdict(list)
    for node in _unused_statements(findings.imports.roots, used):
        by_statement[node.importer, node.line].append(node)
    for nodes in by_statement.values():
        saving = _total([_saving(node, used) for node in nodes])
        if saving.ms >= _WORTH_MS:
            yield _unused_import(findings, nodes[0], saving=saving)


def bytecode(findings: Findings) -> Iterator[Advice]:
    """The copy with bytecode starts faster, by more than the noise."""
    copy, init = findings.precompiled, findings.cold_start.init
    if copy is None or not findings.imports.without_bytecode or not copy.init.n or not init.n:
        return
    if copy.init.median_high >= init.median_low:
        return
    saves_ms = init.median - copy.init.median
    yield Advice(
        id=BYTECODE,
        title="Ship bytecode",
        action="Package it by headstart bundle PATH -o ../function.zip, or compile it with the function's own Python "
        "before it is zipped: python -m compileall --invalidation-mode unchecked-hash PACKAGE",
        evidence=(
            f"{findings.imports.without_bytecode} modules of the package have no bytecode, and Lambda's task root is "
            f"read-only, so every cold start compiles them: init {init.median:,.0f} ms, with bytecode "
            f"{copy.init.median:,.0f} ms (medians of {init.n} and {copy.init.n}, run in turn)."
        ),
        saves_cold_ms=saves_ms,
        saves_warm_ms=0.0,
        saves_usd_month=findings.usd_month(cold_ms=saves_ms),
        measured=True,
    )


def top_level_work(findings: Findings) -> Iterator[Advice]:
    """Module-level code that is not an import and takes a good part of init."""
    worth_ms = max(_WORTH_MS, _WORTH_OF_INIT_RATIO * findings.cold_start.init.median)
    for work in findings.imports.top_level:
        if work.self_ms >= worth_ms:
            place = f"{work.path}:{work.line}"
            yield Advice(
                id=TOP_LEVEL_WORK,
                title=f"Do less when {work.path} is imported",
                action=(
                    f"Compute `{work.source.strip()}` at build time and ship the result, or move it to the first event "
                    "that needs it."
                ),
                evidence=(
                    f"{place} takes up to {work.self_ms:,.0f} of {findings.cold_start.init.median:,.0f} ms of init. "
                    "What every first event needs is best left there: init runs at full speed."
                ),
                saves_cold_ms=work.self_ms,
                saves_warm_ms=0.0,
                saves_usd_month=findings.usd_month(cold_ms=work.self_ms),
                measured=False,
                place=place,
            )


def handler_imports(findings: Findings) -> Iterator[Advice]:
    """Imports inside the handler that every event needs, at a memory size that slows them.

    Only with a single event: with several, the import may serve some of them and is then well placed.
    """
    if findings.share >= 1 or len(findings.function.events) != 1:
        return
    for node in _first_in_handler(findings.imports.roots):
        saves_ms = node.cumulative_ms * (1 - findings.share)
        if node.subtree_used and node.own_statement and saves_ms >= _WORTH_MS:
            place = f"{node.importer}:{node.line}"
            yield Advice(
                id=HANDLER_IMPORT,
                title=f"Import {node.module} at module level",
                action=f"Move the import at {place} to the top of the module: init runs at a full vCPU.",
                evidence=(
                    f"The first invocation imports it at {findings.share:.2f} of a vCPU in {node.cumulative_ms:,.0f} "
                    f"ms; in init it would take about {node.cumulative_ms * findings.share:,.0f} ms."
                ),
                saves_cold_ms=saves_ms,
                saves_warm_ms=0.0,
                saves_usd_month=findings.usd_month(cold_ms=saves_ms),
                measured=False,
                place=place,
            )


def _unused_import(findings: Findings, first: ImportNode, *, saving: _Saving) -> Advice:
    module, place = first.module, f"{first.importer}:{first.line}"
    also = f" and {saving.modules - 1} modules that it loads" if saving.modules > 1 else ""
    pace = f" at {findings.share:.2f} of a vCPU" if findings.share < 1 else ""
    return Advice(
        id=UNUSED_IMPORT,
        title=f"Import {module} only where it is used",
        action=f"Move the import at {place} into the function that needs it.",
        evidence=(
            f"{module}{also} take up to {saving.ms:,.0f} of {findings.cold_start.init.median:,.0f} ms of init and "
            f"{saving.mb:.0f} MB; no event used it ({len(findings.function.events)} tried). One that does then waits "
            f"for the import{pace}: about {saving.ms / findings.share:,.0f} ms, once per environment."
        ),
        saves_cold_ms=saving.ms,
        saves_warm_ms=0.0,
        saves_usd_month=findings.usd_month(cold_ms=saving.ms),
        measured=False,
        place=place,
    )


def _unused_statements(nodes: Sequence[ImportNode], used: Collection[str]) -> Iterator[ImportNode]:
    """The topmost unneeded loads in init whose import statement is in the user's own code."""
    for node in nodes:
        if node.own_statement and not node.in_handler and not _needed(node, used):
            yield node
        else:
            yield from _unused_statements(node.children, used)


def _needed(node: ImportNode, used: Collection[str]) -> bool:
    """Whether an event used the module or one inside it, whoever loaded that."""
    return node.used or any(module.startswith(f"{node.module}.") for module in used)


def _saving(node: ImportNode, used: Collection[str]) -> _Saving:
    """What is not loaded when ``node`` is not; a module that an event used is loaded anyway, with all it loads."""
    if _needed(node, used):
        return _Saving(0.0, 0.0, 0)
    own_mb = max(0.0, node.memory_mb - sum(child.memory_mb for child in node.children))
    return _total([_Saving(node.self_ms, own_mb, 1), *(_saving(child, used) for child in node.children)])


def _total(savings: Sequence[_Saving]) -> _Saving:
    return _Saving(
        ms=sum(saving.ms for saving in savings),
        mb=sum(saving.mb for saving in savings),
        modules=sum(saving.modules for saving in savings),
    )


def _first_in_handler(nodes: Sequence[ImportNode]) -> Iterator[ImportNode]:
    for node in nodes:
        if node.in_handler:
            yield node
        else:
            yield from _first_in_handler(node.children)
