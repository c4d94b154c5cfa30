"""The search for imports that can be deferred: what keeps modules out, without what changes what the function does."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from headstart.model.deferral import DeferrableImport
from headstart.model.deferral_result import Culprit, Decision, Why
from headstart.model.progress import Progress
from headstart.model.proof import FieldDifference
from headstart.optimize.deferral import bisection, decision
from headstart.optimize.deferral.bisection import Unit
from headstart.optimize.deferral.decision import Imports, ModuleLoad, Profile, Savings, Seen
from headstart.optimize.deferral.trials import Found, Trials, only


class Probe(Protocol):
    """Runs the package with the probe inside."""

    async def seen(self, switch: str) -> Seen:
        """All events in one new environment, under ``switch``."""
        ...

    async def everywhere(self, switch: str) -> Sequence[Seen]:
        """Each event in a new environment, and all of them twice in one."""
        ...


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """A decision for every import, in order; ``kept_out`` are the modules that are then not loaded, ``unexplained`` is
    what differs though nothing is deferred."""

    decisions: tuple[Decision, ...]
    culprits: tuple[Culprit, ...]
    kept_out: tuple[str, ...] = ()
    unexplained: FieldDifference | None = None

    @property
    def deferred(self) -> tuple[Decision, ...]:
        """Those that are."""
        return tuple(each for each in self.decisions if each.why is Why.UNUSED)


class Search:
    """Searches the ``imports`` of a package, of which ``seen`` is the profile.

    ``loads`` is what each module took, in the order in which they were loaded.
    """

    def __init__(
        self,
        imports: Sequence[DeferrableImport],
        *,
        seen: Profile,
        loads: Mapping[str, ModuleLoad],
        probe: Probe,
        trials: Trials,
        progress: Progress,
    ) -> None:
        self._statements = imports
        self._imports = Imports(imports)
        self._seen = seen
        self._loads = loads
        self._probe = probe
        self._trials = trials
        self._progress = progress
        self._eager: dict[int, Decision] = {}
        self._decisions: dict[int, Decision] = {}
        self._culprits: dict[Unit, Found] = {}
        self._unexplained: FieldDifference | None = None
        self._last_stretch = 0

    async def run(self, known: Sequence[Culprit]) -> Searched:
        """Search until every replay is the same as with nothing deferred."""
        self._eager = decision.eager(self._statements, self._seen, known=known)
        everything = frozenset(range(len(self._statements)))
        while True:
            culprits = bisection.members(tuple(self._culprits))
            worthwhile = await self._worthwhile(everything - self._eager.keys() - culprits)
            chosen = await self._with_the_innocent(await self._without_culprits(worthwhile))
            seen = await self._probe.everywhere(only(chosen))
            chosen -= self._used(chosen, seen)
            if chosen == worthwhile or self._unexplained:
                return self._searched(chosen, kept_out=self._seen.modules - decision.profile(seen).modules)

    async def _worthwhile(self, chosen: frozenset[int]) -> frozenset[int]:
        """Those that keep modules out that take a while; all, where the replay that would tell ends early."""
        self._decisions = self._imports.vain(chosen, seen=self._seen)
        chosen -= self._decisions.keys()
        while True:
            chosen, seen = await self._unused(chosen)
            if seen.modules is None:
                return chosen
            idle = self._imports.idle(chosen, seen=self._seen, modules=seen.modules)
            if not idle:
                return await self._without_little(chosen, seen.modules)
            self._decisions |= idle
            chosen -= idle.keys()

    async def _unused(self, chosen: frozenset[int]) -> tuple[frozenset[int], Seen]:
        """Those that are not used when they are deferred either, and what is seen then."""
        while True:
            seen = await self._look(chosen)
            used = self._used(chosen, [seen])
            if not used:
                return chosen, seen
            chosen -= used

    def _used(self, chosen: frozenset[int], seen: Sequence[Seen]) -> frozenset[int]:
        """What is used in a way that shows only now: as an attribute, say, that the import system sets on a package."""
        found = decision.eager(self._statements, decision.profile(seen), known=())
        used = chosen & found.keys()
        self._eager |= {number: found[number] for number in used}
        return used

    async def _without_little(self, chosen: frozenset[int], modules: frozenset[str]) -> frozenset[int]:
        savings = Savings(self._imports, self._loads, kept_out=self._seen.modules - modules)
        little = {}
        for number in chosen:
            statement = self._statements[number]
            saved_ms = savings.of([statement])
            why = Why.UNUSED if saved_ms >= decision.SAVED_MS_MIN else Why.SAVES_LITTLE
            self._decisions[number] = Decision(of=statement, why=why, saved_ms=saved_ms)
            if why is Why.SAVES_LITTLE:
                little[number] = statement
        if not little:
            return chosen
        # Where more loads with them than they are known to load, others rely on them to keep it out.
        after = (await self._look(chosen - little.keys())).modules
        again_ms = savings.of_modules(after - modules) if after is not None else 0.0
        if again_ms <= savings.of(list(little.values())) + decision.SAVED_MS_MIN:
            return chosen - little.keys()
        for number in little:
            self._decisions[number] = msgspec.structs.replace(self._decisions[number], why=Why.UNUSED)
        return chosen

    async def _look(self, chosen: frozenset[int]) -> Seen:
        """What is used and loaded with ``chosen`` deferred."""
        stage = f"looking at what {len(chosen):,} deferred imports keep out"
        self._progress.start(stage)
        try:
            return await self._probe.seen(only(chosen))
        finally:
            self._progress.finish(stage)

    async def _without_culprits(self, chosen: frozenset[int]) -> frozenset[int]:
        while chosen:
            found = await self._difference(chosen)
            if found is None:
                break
            culprit = await self._culprit(chosen, found)
            if culprit is None:
                self._unexplained = found.difference
                return frozenset()
            unit, without = culprit
            self._culprits[unit] = without
            chosen, _ = await self._unused(chosen - frozenset(unit))
        return chosen

    async def _difference(self, chosen: frozenset[int]) -> Found | None:
        """The first in any stretch, those that differed last first; confirmed."""
        stage = f"replaying with {len(chosen):,} imports deferred ({len(self._culprits)} found to matter)"
        count = self._trials.stretches
        self._progress.start(stage, count)
        try:
            for offset in range(count):
                stretch = (self._last_stretch + offset) % count
                found = await self._trials.difference(chosen, stretch)
                if found is not None and (found := await self._trials.confirmed(chosen, found)) is not None:
                    self._last_stretch = stretch
                    return found
                self._progress.advance(stage)
            return None
        finally:
            self._progress.finish(stage)

    async def _culprit(self, chosen: frozenset[int], found: Found) -> tuple[Unit, Found] | None:
        """The unit of ``chosen`` that matters, and what differs without it alone, all before it being eager."""
        ordered = bisection.units(self._statements, chosen, loaded=self._loads)
        stage = f"halving {len(ordered):,} imports: {found.difference.field} differs"
        self._progress.start(stage, len(ordered).bit_length() + 1)

        async def difference(deferred: frozenset[int]) -> Found | None:
            self._progress.advance(stage)
            return await self._trials.difference(deferred, found.stretch, length=found.at + 1)

        async def differs(deferred: frozenset[int]) -> bool:
            return await difference(deferred) is not None

        try:
            eager = await bisection.shortest_prefix(ordered, differs)
            if eager is None:
                return None
            without = await difference(bisection.members(ordered[eager - 1 :]))
            return ordered[eager - 1], without or found
        finally:
            self._progress.finish(stage)

    async def _with_the_innocent(self, chosen: frozenset[int]) -> frozenset[int]:
        """``chosen`` with those that were taken for culprits and change nothing now that the others are eager."""
        for unit, found in list(self._culprits.items()):
            more = chosen | frozenset(unit)
            again = await self._trials.difference(more, found.stretch, length=found.at + 1)
            if again is None and await self._difference(more) is None:
                del self._culprits[unit]
                chosen = more
        return chosen

    def _searched(self, chosen: frozenset[int], *, kept_out: frozenset[str]) -> Searched:
        reasons = {number: str(found) for unit, found in self._culprits.items() for number in unit}
        return Searched(
            decisions=tuple(
                self._decided(number, is_chosen=number in chosen, differing=reasons.get(number))
                for number in range(len(self._statements))
            ),
            culprits=tuple(self._culprit_of(number, reason) for number, reason in sorted(reasons.items())),
            kept_out=tuple(sorted(kept_out)),
            unexplained=self._unexplained,
        )

    def _decided(self, number: int, *, is_chosen: bool, differing: str | None) -> Decision:
        default = Decision(of=self._statements[number], why=Why.UNUSED)
        decided = self._eager.get(number) or self._decisions.get(number, default)
        if is_chosen:
            return msgspec.structs.replace(decided, why=Why.UNUSED)
        if differing is not None:
            return msgspec.structs.replace(decided, why=Why.CULPRIT, detail=differing)
        return msgspec.structs.replace(decided, why=Why.WITHDRAWN) if decided.why is Why.UNUSED else decided

    def _culprit_of(self, number: int, reason: str) -> Culprit:
        statement = self._statements[number]
        return Culprit(distribution=statement.distribution, path=statement.path, text=statement.text, reason=reason)
