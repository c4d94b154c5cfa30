"""Bundles a function by what it does with recorded events: wires the lab, bundling and the search for deferrals."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from headstart.bundling import bundle, bundle_in_cache, tools_for
from headstart.engine import cache, tree
from headstart.engine.clock import Clock, SystemClock, randomness
from headstart.engine.invoker import LocalInvoker
from headstart.engine.target_tools import TargetTools
from headstart.errors import EventError, LabError
from headstart.infra import bundle_facts
from headstart.infra.project import Project
from headstart.lab import ORDER_SEED, Lab
from headstart.measure import cold_start, imports, profiling, tally
from headstart.model.bundle import BundleOrder, BundleResult, DeferralFacts
from headstart.model.deferral import DeferrableImport
from headstart.model.deferral_result import LOCK_FILE, Culprit, DeferralResult, Gain
from headstart.model.invocation import Event, InvocationReport
from headstart.model.progress import Progress
from headstart.model.proof import VolatileField
from headstart.model.results import ImportsResult
from headstart.model.sample import median
from headstart.optimize.bundle import placing, zip_file
from headstart.optimize.deferral import culprits, decision, lock, outcome
from headstart.optimize.deferral.decision import ModuleLoad, Seen
from headstart.optimize.deferral.gains import gains, is_sooner
from headstart.optimize.deferral.journal import Journal
from headstart.optimize.deferral.rewriting import Rewriting, rewrite_imports
from headstart.optimize.deferral.search import Search
from headstart.optimize.deferral.trials import SWITCH, Trials
from headstart.optimize.proof.replay import steps

_SHOWN_AS: Final = "/var/task"
_PROBE: Final = "probe_deferral"
_OBSERVE: Final = "observe"
# Pairs of cold starts: so many at a time, until it is plain whether the first answer is sooner, or this often.
_PAIRS: Final = 8
_MEASURED_MAX: Final = 3


class Deferral(msgspec.Struct, frozen=True, kw_only=True):
    """How the imports to defer are searched: in a lab, for ``minutes`` at most; what was tried is kept."""

    open_lab: Callable[[Progress], Lab]
    minutes: int = 10
    clock: Clock = SystemClock()


async def bundle_deferring(
    project: Project, order: BundleOrder, *, deferral: Deferral, progress: Progress
) -> BundleResult:
    """Write the package of a function as it is deployed, with the imports deferred that its events do not use.

    Which these are is kept in headstart.lock.json beside headstart.toml, and looked for again only when the package,
    the events or the Python change.

    Raises:
        RequestError: as ``bundle``, or every event fails without deferral too.
    """
    await asyncio.to_thread(placing.refuse, order, project.spec.code)
    settings = msgspec.structs.replace(order.settings, sources=True)  # without them nothing can be rewritten
    tools = tools_for(project, settings, progress=progress)
    plain, digest = await bundle_in_cache(msgspec.structs.replace(project, bundle=settings), progress=progress)
    variants = _Variants(plain, tree.fingerprint(digest, _mechanism()), tools=tools)
    result = await _known_or_searched(project, variants, deferral=deferral, progress=progress)
    chosen = frozenset(each.of.key for each in result.deferred)
    facts = DeferralFacts(imports=len(chosen), events=len(result.events), proof=result.proof)
    is_beside = not order.settings.sources
    made = await bundle(
        project,
        msgspec.structs.replace(order, deferral=facts if chosen else None),
        progress=progress,
        rewrite=_rewrite(tools, chosen, beside=is_beside) if chosen else None,
    )
    return msgspec.structs.replace(made, deferral=result)


async def _known_or_searched(
    project: Project, variants: "_Variants", *, deferral: Deferral, progress: Progress
) -> DeferralResult:
    """What headstart.lock.json says, if it still holds; else what a search finds, which is kept there."""
    file, key = project.folder / LOCK_FILE, tree.fingerprint(variants.key, *_conditions(project))
    locked = await asyncio.to_thread(lock.read, file)
    if locked is not None and locked.key == key:
        return msgspec.structs.replace(locked.result, is_locked=True)
    facts = bundle_facts.read(variants.plain)
    known = (*culprits.known(), *lock.taken_over(locked, facts.distributions if facts else ()))
    begun_ns = deferral.clock.ticks_ns()
    async with deferral.open_lab(progress) as lab:
        searching = _Searching(lab, project, variants=variants, journal=await _journal(key), progress=progress)
        result = await searching.result(known, minutes=deferral.minutes)
    elapsed_s = (deferral.clock.ticks_ns() - begun_ns) / 1e9
    result = msgspec.structs.replace(result, elapsed_s=round(elapsed_s, 1))
    if result.is_settled:
        await asyncio.to_thread(lock.write, file, result, key=key)
    return result


def _conditions(project: Project) -> list[str]:
    """What beside its package decides what a function does in a replay."""
    spec = project.spec
    of_events = [repr((event.name, event.payload, event.client_context)) for event in project.events]
    return [spec.runtime, spec.handler, repr(sorted(spec.environment.items())), repr(project.services), *of_events]


def _mechanism() -> str:
    """The same as long as imports are rewritten and searched in the same way."""
    folder = Path(lock.__file__).parent
    return tree.fingerprint(tree.digest(folder), tree.digest(folder.parent / "guest"))


async def _journal(key: str) -> Journal:
    async def begin(into: Path) -> None:
        """Leave it empty."""

    return Journal(await cache.default().entry("deferral", key, build=begin) / "trials.jsonl")


def _rewrite(
    tools: TargetTools, chosen: frozenset[str] | None, *, beside: bool = False
) -> Callable[[Path, str], Awaitable[tuple[DeferrableImport, ...]]]:
    """Rewrites the bytecode of a folder's modules."""

    async def rewrite(root: Path, shown_as: str) -> tuple[DeferrableImport, ...]:
        how = Rewriting(shown_as=shown_as, chosen=chosen, beside=beside)
        return await rewrite_imports(root, tools=tools, rewriting=how)

    return rewrite


class _Variants:
    """The package ``plain``, in which nothing is deferred, and copies with other imports deferred, in the cache."""

    def __init__(self, plain: Path, key: str, *, tools: TargetTools) -> None:
        self.plain = plain
        self.key = key
        self._tools = tools

    async def rewritten(self, chosen: frozenset[str] | None) -> tuple[Path, tuple[DeferrableImport, ...]]:
        """One with ``chosen`` deferred (None: all that can be), and all imports that can be."""

        async def write(into: Path) -> None:
            await asyncio.to_thread(zip_file.copy, self.plain, into / "package")
            found = await _rewrite(self._tools, chosen)(into / "package", _SHOWN_AS)
            (into / "imports.json").write_bytes(msgspec.json.encode(found))

        key = tree.fingerprint(self.key, repr(chosen and sorted(chosen)))
        entry = await cache.default().entry("deferred", key, build=write)
        found = msgspec.json.decode((entry / "imports.json").read_bytes(), type=tuple[DeferrableImport, ...])
        return entry / "package", found


class _Searching:
    """One search: of the function of ``project``, in ``lab``."""

    def __init__(
        self, lab: Lab, project: Project, *, variants: _Variants, journal: Journal, progress: Progress
    ) -> None:
        self._lab = lab
        self._project = project
        self._variants = variants
        self._journal = journal
        self._progress = progress

    async def result(self, known: Sequence[Culprit], *, minutes: int) -> DeferralResult:
        """What is deferred in the end, and what came of all else.

        Raises:
            EventError: every event fails without deferral too.
        """
        plain = self._on(self._variants.plain)
        invoker = await self._lab.invoker(plain)
        reports = [await invoker.invoke(event, fresh=True) for event in plain.events]
        refused = tuple(report.event_name for report in reports if not report.succeeded)
        if len(refused) == len(reports):
            raise EventError(
                f"nothing can be optimised by events that all fail: {'; '.join(tally.failures(reports))}",
                hint="headstart invoke PATH -e EVENT shows why",
            )
        answered = zip(plain.events, reports, strict=True)
        events = tuple(event for event, report in answered if report.succeeded)
        self._project = msgspec.structs.replace(self._project, events=events)
        try:
            async with asyncio.timeout(minutes * 60):
                found = await self._found(invoker, known, init_ms=_function_init_ms(reports))
        except TimeoutError:
            found = outcome.unfinished(events=self._event_names, minutes=minutes)
        await invoker.close()
        result = await self._proved_and_measured(found) if found.deferred else found
        return msgspec.structs.replace(result, refused=refused, trials=self._journal.tried)

    async def _found(self, invoker: LocalInvoker, known: Sequence[Culprit], *, init_ms: float) -> DeferralResult:
        plain, events = self._on(self._variants.plain), self._project.events
        root, statements = await self._variants.rewritten(None)
        rewritten = self._on(root)
        order = list(range(len(events)))
        randomness(ORDER_SEED).shuffle(order)
        async with self._lab.stage(plain, rewritten) as stage:
            trials = Trials(stage.open_pass, events, plan=steps(order), journal=self._journal)
            volatile = await self._volatile(trials)
            if volatile:
                return outcome.undecided(volatile, events=self._event_names)
            tree_of = await imports.measure(invoker, events, timed_function_init_ms=init_ms, progress=self._progress)
            probe = _Probe(await self._lab.invoker(rewritten), events)
            search = Search(
                statements,
                seen=decision.profile(await probe.profile(self._progress)),
                loads=_loads(tree_of),
                probe=probe,
                trials=trials,
                progress=self._progress,
            )
            return outcome.found(await search.run(known), events=self._event_names)

    async def _volatile(self, trials: Trials) -> tuple[VolatileField, ...]:
        stage = "learning what the function does not repeat"
        found: list[VolatileField] = []
        with tally.stage(self._progress, stage, total=trials.stretches):
            for stretch in range(trials.stretches):
                found += await trials.volatile(stretch)
                self._progress.advance(stage)
        return tuple(found)

    async def _proved_and_measured(self, found: DeferralResult) -> DeferralResult:
        plain = self._on(self._variants.plain)
        root, _ = await self._variants.rewritten(frozenset(each.of.key for each in found.deferred))
        deferred = self._on(root)
        result = outcome.proved(found, await self._lab.prove(plain, deferred))
        if not result.deferred:
            return result
        invokers = [await self._lab.invoker(project) for project in (plain, deferred)]
        measured = await self._measured(invokers)
        for invoker in invokers:
            await invoker.close()
        return outcome.measured(result, measured)

    async def _measured(self, invokers: Sequence[LocalInvoker]) -> tuple[Gain, ...]:
        """The gains, by more pairs where it is not plain which is sooner."""
        old: list[InvocationReport] = []
        new: list[InvocationReport] = []
        found: tuple[Gain, ...] = ()
        for _ in range(_MEASURED_MAX):
            sides = await cold_start.measure_interleaved(
                invokers,
                self._project.events,
                runs=_PAIRS,
                warm_per_environment=0,
                shuffle=randomness(),
                progress=self._progress,
            )
            old += sides[0].runs
            new += sides[1].runs
            found = gains(old, new)
            if is_sooner(found) is not None:
                break
        return found

    def _on(self, root: Path) -> Project:
        """The function with the package ``root``."""
        spec = msgspec.structs.replace(self._project.spec, code=root, requirements=None)
        return msgspec.structs.replace(self._project, spec=spec)

    @property
    def _event_names(self) -> tuple[str, ...]:
        return tuple(event.name for event in self._project.events)


class _Probe:
    """Runs the package in which every import can be deferred with the probe inside."""

    def __init__(self, invoker: LocalInvoker, events: Sequence[Event]) -> None:
        self._invoker = invoker
        self._events = events

    async def seen(self, switch: str) -> Seen:
        """See ``search.Probe``."""
        return await self._of(switch, self._events)

    async def profile(self, progress: Progress) -> list[Seen]:
        """Each event in a fresh environment, and all of them twice in one, with every import eager."""
        stage = "looking at which imports the events use"
        with tally.stage(progress, stage, total=len(self._events) + 1):
            found = []
            for events in (*((event,) for event in self._events), (*self._events, *self._events)):
                found.append(await self._of(_OBSERVE, events))
                progress.advance(stage)
        return found

    async def _of(self, switch: str, events: Sequence[Event]) -> Seen:
        records = await self._invoker.with_variables({SWITCH: switch}).records(_PROBE, events)
        for record in records:
            if "error" in record:
                raise LabError(f"{_PROBE} failed:\n{record['error']}".rstrip(), hint=profiling.DEFECT_HINT)
        return Seen(records, tuple(event.name for event in events))


def _function_init_ms(reports: Sequence[InvocationReport]) -> float:
    found = [report.init.function_ms for report in reports if report.init]
    return median(found) if found else 0.0


def _loads(measured: ImportsResult) -> dict[str, ModuleLoad]:
    return {
        node.module: ModuleLoad(node.self_ms, tuple(child.module for child in node.children))
        for node in imports.walk(measured.roots)
    }
