"""Bundles a function by what it does with recorded events: defers and preloads what headstart.lock.json says."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from headstart.bundling import bundle
from headstart.engine import cache
from headstart.engine.clock import Clock, SystemClock
from headstart.infra import bundle_facts
from headstart.infra.event_proposals.proposing import unreached
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.bundle import BundleOrder, BundleResult, BundleSettings
from headstart.model.deferral_result import LOCK_FILE, DeferralResult
from headstart.model.function import InitializationType
from headstart.model.lock import Lock
from headstart.model.preloading import PlacementPlan, PreloadResult, Step
from headstart.model.progress import Progress
from headstart.model.side_archive import SideArchive
from headstart.optimize.bundle import placing
from headstart.optimize.deferral import culprits, lock
from headstart.optimize.deferral.journal import Journal
from headstart.optimize.deferral.outcome import facts_of, scored
from headstart.optimizing.archiving import Archiving, why_not
from headstart.optimizing.deferring import Searching
from headstart.optimizing.keys import Keys
from headstart.optimizing.preloading import Given, Preloading, conditions
from headstart.optimizing.variants import PutOff, Variants, put_off


class Optimization(msgspec.Struct, frozen=True, kw_only=True):
    """How a function is optimised by its events, in a lab. ``defers``: imports that none of them uses are put off,
    those found within ``minutes``, and what was tried is kept; ``preloads``: init does what first invocations would,
    both as it pays under ``initialization``; ``archives``: what none of them loads is moved to the side archive."""

    open_lab: Callable[[Progress], Lab]
    defers: bool = True
    preloads: bool = False
    archives: bool = False
    initialization: InitializationType = InitializationType.ON_DEMAND
    minutes: int = 10
    clock: Clock = SystemClock()


async def bundle_optimized(
    project: Project, order: BundleOrder, *, how: Optimization, progress: Progress
) -> BundleResult:
    """Write the package of a function as it is deployed, optimised by its events.

    What is deferred and preloaded is kept in headstart.lock.json beside headstart.toml, and looked for again only when
    the package, the events or the Python change.

    Raises:
        RequestError: as ``bundle``, or every event fails without any of it too.
    """
    await asyncio.to_thread(placing.refuse, order, project.spec.code)
    project = msgspec.structs.replace(project, bundle=order.settings)
    variants = await Variants.of(project, progress=progress)
    optimizing = _Optimizing(project, variants, how=how, progress=progress)
    deferral = await optimizing.deferral()
    deferred = put_off(deferral)
    preload = await optimizing.preload(deferred)
    steps = preload.steps if preload else ()
    archive = await optimizing.archive(deferred, steps)
    archived = frozenset(archive.modules if archive else ())
    rewrite = variants.rewrite(deferred, steps, archived=archived, beside=not order.settings.sources)
    made = await bundle(
        project,
        msgspec.structs.replace(order, deferral=facts_of(deferral), preloaded=len(steps)),
        progress=progress,
        rewrite=rewrite if deferred or steps or archived else None,
    )
    said = (*made.said, *unreached(project))
    return msgspec.structs.replace(made, deferral=deferral, preload=preload, archive=archive, said=said)


async def plan_of(
    project: Project, settings: BundleSettings, *, how: Optimization, progress: Progress
) -> PlacementPlan:
    """What would be preloaded, before it is tried and before anything is written.

    Raises:
        RequestError: as ``bundle_optimized``.
    """
    project = msgspec.structs.replace(project, bundle=settings)
    variants = await Variants.of(project, progress=progress)
    optimizing = _Optimizing(project, variants, how=how, progress=progress)
    given = optimizing.given(put_off(await optimizing.deferral()))
    async with how.open_lab(progress) as lab:
        return await Preloading(lab, project, given=given, progress=progress).plan()


class _Optimizing:
    """What headstart.lock.json says, if it still holds; else what is found in a lab, which is kept there."""

    def __init__(self, project: Project, variants: Variants, *, how: Optimization, progress: Progress) -> None:
        self._project = project
        self._variants = variants
        self._how = how
        self._progress = progress
        self._keys = Keys(variants, project)
        self._conditions = conditions(project, how.initialization)
        self._file = project.folder / LOCK_FILE

    async def deferral(self) -> DeferralResult | None:
        """What is deferred; None where nothing is to be."""
        if not self._how.defers:
            return None
        key = self._keys.deferral(self._conditions)
        locked = await self._locked()
        if locked.result is not None and locked.key == key:
            return scored(msgspec.structs.replace(locked.result, is_locked=True), self._conditions)
        result = await self._searched(locked, key)
        if result.is_final:
            await self._keep(msgspec.structs.replace(locked, key=key, result=result))
        return scored(result, self._conditions)

    async def preload(self, deferred: PutOff) -> PreloadResult | None:
        """What is preloaded beside what is ``deferred``; None where nothing is to be."""
        if not self._how.preloads:
            return None
        given = self.given(deferred)
        key = self._keys.preload(given)
        locked = await self._locked()
        if locked.preload is not None and locked.preload_key == key:
            return msgspec.structs.replace(locked.preload, is_locked=True)
        async with self._how.open_lab(self._progress) as lab:
            result = await Preloading(lab, self._project, given=given, progress=self._progress).result()
        if result.is_settled and result.is_plain:
            await self._keep(msgspec.structs.replace(locked, preload_key=key, preload=result))
        return result

    async def archive(self, deferred: PutOff, steps: tuple[Step, ...]) -> SideArchive | None:
        """What is archived where imports are ``deferred`` and ``steps`` preloaded; None where nothing is to be."""
        if not self._how.archives:
            return None
        if why := why_not(self._project.spec.environment):
            return SideArchive(events=(), withdrawn=why)
        key = self._keys.archive(deferred, steps)
        locked = await self._locked()
        if locked.archive is not None and locked.archive_key == key:
            return msgspec.structs.replace(locked.archive, is_locked=True)
        async with self._how.open_lab(self._progress) as lab:
            trial = Archiving(lab, self._project, variants=self._variants, put_off=deferred, steps=steps)
            result = await trial.result(progress=self._progress)
        if result.is_settled:
            await self._keep(msgspec.structs.replace(locked, archive_key=key, archive=result))
        return result

    def given(self, deferred: PutOff) -> Given:
        """What preloading starts from, where ``deferred`` are put off."""
        return Given(self._variants, deferred, self._conditions)

    async def _searched(self, locked: Lock, key: str) -> DeferralResult:
        facts = bundle_facts.read(self._variants.plain)
        known = (*culprits.known(), *lock.taken_over(locked, facts.distributions if facts else ()))
        clock, journal = self._how.clock, await _journal(key)
        begun_ns = clock.ticks_ns()
        async with self._how.open_lab(self._progress) as lab:
            search = Searching(
                lab,
                self._project,
                variants=self._variants,
                is_init_waited_for=self._conditions.is_init_waited_for,
                journal=journal,
                progress=self._progress,
            )
            result = await search.result(known, minutes=self._how.minutes)
        elapsed_s = (clock.ticks_ns() - begun_ns) / 1e9
        return msgspec.structs.replace(result, elapsed_s=round(elapsed_s, 1))

    async def _locked(self) -> Lock:
        return await asyncio.to_thread(lock.read, self._file) or Lock()

    async def _keep(self, found: Lock) -> None:
        await asyncio.to_thread(lock.write, self._file, found)


async def _journal(key: str) -> Journal:
    async def begin(into: Path) -> None:
        """Leave it empty."""

    return Journal(await cache.default().entry("deferral", key, build=begin) / "trials.jsonl")
