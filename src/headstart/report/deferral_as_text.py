"""What of a bundle is deferred, and why the rest is not, as part of its screen."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import ConsoleRenderable
from rich.text import Text

from headstart.model.deferral_result import Decision, DeferralResult, Why
from headstart.model.function import InitializationType
from headstart.model.gain import Gain
from headstart.model.placement import Conditions, Score
from headstart.model.proof import Verdict
from headstart.report import figures
from headstart.report.text_sections import grid, title

_SHOWN: Final = 8
_DOUBTS_SHOWN: Final = 5
_STYLES: Final = {Verdict.SAME: "green", Verdict.DIFFERENT: "bold red", Verdict.UNDECIDED: "bold yellow"}
_NOTHING: Final = "your events use all that takes long to load"
_GARBAGE: Final = "garbage collection, until init has ended"
LOCKED: Final = "as headstart.lock.json has it: nothing has changed since"
_NEITHER: Final = (Why.UNUSED, Why.CULPRIT)


def deferral(result: DeferralResult, *, is_explained: bool) -> Iterator[ConsoleRenderable]:
    """The gain, the proof and the largest deferrals; ``is_explained`` has every import."""
    yield from _headline(result)
    yield from gained(result.gains)
    if result.conditions and result.scores:
        yield Text(_placed(result.conditions, result.scores.in_init), "dim")
    yield from _deferred(result, is_explained=is_explained)
    yield from _culprits(result)
    yield from _others(result, is_explained=is_explained)


def _headline(result: DeferralResult) -> Iterator[ConsoleRenderable]:
    count = figures.count(len(result.deferred), "import")
    events = figures.count(len(result.events), "event")
    unused = f"{count}, because none of your {events} used what they import"
    imports = [unused] if result.deferred else []
    told = "; ".join([*imports, *([_GARBAGE] if result.garbage else [])])
    yield from title("Deferred", told or f"nothing: {result.withdrawn or _NOTHING}")
    yield from proved(result.proof, result.doubts)
    if result.refused:
        yield Text(f"not optimised by what fails without deferral too: {', '.join(result.refused)}", "yellow")
    how = LOCKED if result.is_locked else _searched(result)
    yield Text(how, "dim")


def _placed(conditions: Conditions, in_init: Score) -> str:
    """What it is worth to have it out of init, and why what events use stays there."""
    under = f"{conditions.initialization.value} at {conditions.memory.mb:,} MB"
    saved = f"{figures.usd(in_init.usd_month)} less a month"
    stays = "what an event uses stays in init"
    if conditions.initialization is InitializationType.SNAP_START:
        return f"{under}: init is in the snapshot, and what an event uses belongs there"
    if not conditions.is_init_waited_for:
        return f"{under}: nobody waits for init, {saved}; {stays}, where nobody waits for it"
    sooner = f"the first answer {figures.ms(in_init.p50_ms)} sooner at p50 and at p99, {saved}"
    share = figures.percent(conditions.handler_pace)
    why = (
        f"the handler has {share} of a vCPU" if conditions.handler_pace < 1 else "a later invocation would wait for it"
    )
    return f"{under}: {sooner}; {stays}: {why}"


def _searched(result: DeferralResult) -> str:
    return f"found in {result.elapsed_s:,.0f} s by {figures.count(result.trials, 'trial')}"


def proved(verdict: Verdict | None, doubts: Sequence[str]) -> Iterator[ConsoleRenderable]:
    """What the replay said, and what keeps it from "same"."""
    if verdict is not None:
        replayed = "by replay of all events, in fresh and in used environments"
        yield Text.assemble("behaviour: ", (verdict.value, _STYLES[verdict]), f", {replayed}")
    for doubt in doubts[:_DOUBTS_SHOWN]:
        yield Text(f"   {doubt}", "yellow")
    if len(doubts) > _DOUBTS_SHOWN:
        yield Text(f"   and {len(doubts) - _DOUBTS_SHOWN:,} more: --json - lists them", "dim")


def gained(gains: Sequence[Gain]) -> Iterator[ConsoleRenderable]:
    """What was measured in pairs of cold starts."""
    if not gains:
        return
    table = grid(5)
    table.add_row("", *(Text(name, "dim") for name in ("without", "with", "saved", "95 % interval")))
    for gain in gains:
        interval = f"{figures.tabular(gain.low)} … {figures.tabular(gain.high)}, n = {gain.n}"
        table.add_row(
            f"{gain.name}, {gain.unit}",
            figures.tabular(gain.old),
            figures.tabular(gain.new),
            figures.tabular(gain.saved),
            interval,
        )
    yield table


def _deferred(result: DeferralResult, *, is_explained: bool) -> Iterator[ConsoleRenderable]:
    """The modules that take longest; what several load counts for each."""
    largest = sorted(result.deferred, key=lambda each: -each.saved_ms)
    shown = largest if is_explained else _distinct(largest)[:_SHOWN]
    for each in shown:
        saved = f"{figures.tabular(each.saved_ms):>9} ms"
        yield Text.assemble(
            (saved, "dim"), f"  {each.of.text}  ", (each.of.key, "dim"), no_wrap=True, overflow="ellipsis"
        )
    if len(result.deferred) > len(shown):
        yield Text(f"and {len(result.deferred) - len(shown):,} more: --explain has every import", "dim")


def _distinct(decisions: Sequence[Decision]) -> list[Decision]:
    """One of each module."""
    found: dict[str, Decision] = {}
    for each in decisions:
        found.setdefault(each.of.module, each)
    return list(found.values())


def _culprits(result: DeferralResult) -> Iterator[ConsoleRenderable]:
    for culprit in result.culprits:
        place = f"{culprit.path} of {culprit.distribution}: without it {culprit.reason}"
        yield Text.assemble("not deferred: ", culprit.text, (f"  {place}", "dim"))


def _others(result: DeferralResult, *, is_explained: bool) -> Iterator[ConsoleRenderable]:
    by_reason: dict[Why, list[Decision]] = {}
    for each in result.decisions:
        if each.why not in _NEITHER:
            by_reason.setdefault(each.why, []).append(each)
    if by_reason and not is_explained:
        told = ", ".join(f"{len(found):,} {why.value}" for why, found in by_reason.items())
        yield Text(f"not deferred: {told}", "dim")
        return
    for why, found in by_reason.items():
        yield Text()
        yield Text(f"Not deferred: {why.value}", "bold")
        for each in found:
            yield Text.assemble(
                f"   {each.of.text}  ", (f"{each.of.key}  {each.detail}", "dim"), no_wrap=True, overflow="ellipsis"
            )
    if is_explained and result.is_locked:
        yield Text("delete headstart.lock.json to see of every other import why it is not deferred", "dim")
