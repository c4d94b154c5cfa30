"""What the screen and the page both pick out of a result: phases, imports worth naming, doubts, savings."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from headstart.model import limits
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import InvocationReport
from headstart.model.results import Advice, CheckResult, ColdStartResult, CostResult, CurvePoint, ImportNode
from headstart.model.sample import Summary
from headstart.model.snapstart import SnapStartResult
from headstart.report import figures

_MILLION = Decimal(1_000_000)


class CostLine(msgspec.Struct, frozen=True):
    """One part of the bill."""

    label: str
    per_million: Decimal
    per_month: Decimal


class Doubt(msgspec.Struct, frozen=True):
    """All caveats of one code, with what was seen."""

    code: CaveatCode
    advice: str
    details: tuple[str, ...]


def phases(cold: ColdStartResult) -> tuple[tuple[str, Summary], ...]:
    """The parts of a cold start in the order in which they happen."""
    return (
        ("environment creation", cold.creation),
        ("runtime boot", cold.boot),
        ("function init", cold.function_init),
        ("first invocation", cold.first_invocation),
    )


def run_phases_ms(run: InvocationReport) -> tuple[float, float, float, float]:
    """The same parts of one run; zero for those that it did not have."""
    if run.init is None:
        return 0.0, 0.0, 0.0, run.duration_ms
    return run.init.creation_ms, run.init.boot_ms, run.init.function_ms, run.duration_ms


def median_run(cold: ColdStartResult) -> InvocationReport | None:
    """The run whose total is nearest to the median total; None when there are no runs."""
    return min(cold.runs, key=lambda run: abs(sum(run_phases_ms(run)) - cold.total.median), default=None)


def walk(roots: tuple[ImportNode, ...]) -> Iterator[ImportNode]:
    """Every node, each before its children."""
    waiting = list(reversed(roots))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def expensive_imports(result: CheckResult, limit: int) -> tuple[ImportNode, ...]:
    """The costliest imports, dearest first.

    Of each distribution only the module through which it was entered counts, so that the list names ten decisions and
    not ten submodules of one. The handler's own module, the sum of the rest, is left out unless it imports nothing.
    """
    own = result.function.handler.rpartition(".")[0].replace("/", ".")
    found: list[ImportNode] = []
    waiting = [(root, "") for root in result.imports.roots]
    while waiting:
        node, parent = waiting.pop()
        is_entry = node.distribution != parent or not node.distribution
        if is_entry and not (node.module == own and node.children):
            found.append(node)
        waiting.extend((child, node.distribution) for child in node.children)
    return tuple(sorted(found, key=lambda node: (-node.cumulative_ms, node.module))[:limit])


def import_place(node: ImportNode) -> str:
    """``path:line`` of the import statement; empty where it is not known."""
    return f"{node.importer}:{node.line}" if node.importer and node.line else node.importer


def use_of(node: ImportNode) -> str:
    """How much of a module's load the events needed: ``used``, ``in part`` or ``unused``."""
    if node.used:
        return "used"
    return "in part" if node.subtree_used else "unused"


def doubts(result: CheckResult) -> tuple[Doubt, ...]:
    """Every caveat of the result and its parts, grouped by code in the order first met, without repeats."""
    parts = (result, result.cold_start, result.imports, result.memory, result.cpu)
    everywhere = [caveat for part in parts for caveat in part.caveats]
    everywhere += result.snapstart.caveats if result.snapstart else ()
    return group(tuple(everywhere + [caveat for run in result.cold_start.runs for caveat in run.caveats]))


def group(caveats: tuple[Caveat, ...]) -> tuple[Doubt, ...]:
    """Caveats by code, in the order first met, each detail once."""
    details: dict[CaveatCode, dict[str, None]] = {}
    for caveat in caveats:
        seen = details.setdefault(caveat.code, {})
        if caveat.detail:
            seen[caveat.detail] = None
    return tuple(Doubt(code, Caveat(code).advice, tuple(seen)) for code, seen in details.items())


def cost_lines(cost: CostResult) -> tuple[CostLine, ...]:
    """The bill by part, without the total."""
    parts = (
        ("requests", cost.request_per_million),
        ("duration", cost.duration_per_million),
        ("init", cost.init_per_million),
        ("storage", cost.storage_per_million),
    )
    invocations = cost.traffic.invocations_per_month
    return tuple(CostLine(label, price, price * invocations / _MILLION) for label, price in parts)


def snapshot_verdict(found: SnapStartResult) -> str:
    """Whether the function is safe to snapshot, as far as was seen."""
    if found.unobserved:
        return f"snapshots were not observed: {found.unobserved}"
    seen = f"in {figures.count(found.restores, 'restore')} with {figures.count(found.events, 'event')} each"
    if not found.unsafe:
        return f"nothing unsafe was seen {seen}"
    return f"{figures.count(len(found.unsafe), 'thing')} unsafe to snapshot, seen {seen}"


def break_even(found: SnapStartResult) -> str:
    """What a restore costs, in init."""
    return (
        f"One restore costs as much as {found.break_even_s:.1f} s of init on demand. What a restore takes is a model: "
        "no machine but Lambda's restores snapshots as Lambda does."
    )


def hooks_in_words(found: SnapStartResult) -> str:
    """How many hooks ran, and how long they took of their limit; empty where there are none."""
    if not found.before and not found.after:
        return ""
    took = f"{figures.ms(max(found.after_ms, default=0.0))} of {limits.SNAP_START_RESTORE_S} s"
    ran = f"{figures.count(len(found.before), 'hook')} ran before the snapshot, {len(found.after)} after each restore"
    return f"{ran}: at most {took}, which Lambda allows for them and for loading the runtime."


def curve(points: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
    """The curve by memory size; where a size was measured, its model point is dropped."""
    measured = {point.memory_mb for point in points if point.n}
    kept = (point for point in points if point.n or point.memory_mb not in measured)
    return tuple(sorted(kept, key=lambda point: point.memory_mb))


def savings(advice: Advice) -> tuple[str, ...]:
    """What an advice saves, in words, only where it is something."""
    found = []
    if advice.saves_cold_ms >= 0.005:
        found.append(f"{figures.ms(advice.saves_cold_ms)} per cold start")
    if advice.saves_warm_ms >= 0.005:
        found.append(f"{figures.ms(advice.saves_warm_ms)} per warm invocation")
    if advice.saves_usd_month > 0 and figures.usd(advice.saves_usd_month) != "$0.00":
        found.append(f"{figures.usd(advice.saves_usd_month)} per month")
    return tuple(found)


def basis(advice: Advice) -> str:
    """Where an advice's figures come from."""
    return "measured" if advice.measured else "computed"


def words(parts: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
