"""What the screen and the page both pick out of a result: phases, imports worth naming, doubts, savings."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.comparison import ComparisonResult
from headstart.model.invocation import InvocationReport
from headstart.model.results import Advice, CheckResult, ColdStartResult, CostResult, CurvePoint, ImportNode
from headstart.model.sample import Summary
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


def curve(points: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
    """The curve by memory size; where a size was measured, its model point is dropped."""
    measured = {point.memory_mb for point in points if point.n}
    kept = (point for point in points if point.n or point.memory_mb not in measured)
    return tuple(sorted(kept, key=lambda point: point.memory_mb))


def first_answer(comparison: ComparisonResult) -> str:
    """How long a caller waits who meets a cold start, before and after, in words; empty where that was not measured."""
    found = next((each for each in comparison.differences if each.name == "first answer"), None)
    if found is None:
        return ""
    waits = f"first answer {figures.number(found.old)} → {figures.ms(found.new)}"
    speedup, at = comparison.speedup, f"at {comparison.memory_size_mb:,} MB"
    if speedup is None:
        return f"{waits} ({at})"
    times = f"{figures.times(speedup.median)} times, {figures.interval(speedup)}"
    return f"{waits} ({times}, n = {figures.count(speedup.n, 'pair')} {at})"


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
