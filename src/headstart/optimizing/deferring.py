"""One search for imports to defer: profiled, searched, proved and measured in a lab."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headstart.engine.clock import randomness
from headstart.engine.invoker import LocalInvoker
from headstart.infra.project import Project
from headstart.lab import ORDER_SEED, Lab
from headstart.measure import imports
from headstart.model import tally
from headstart.model.deferral_result import Culprit, DeferralResult
from headstart.model.invocation import InvocationReport
from headstart.model.progress import Progress
from headstart.model.proof import VolatileField
from headstart.model.results import ImportsResult
from headstart.model.sample import median
from headstart.optimize.deferral import decision, outcome
from headstart.optimize.deferral.decision import ModuleLoad
from headstart.optimize.deferral.journal import Journal
from headstart.optimize.deferral.search import Search
from headstart.optimize.deferral.trials import Trials
from headstart.optimize.proof.replay import steps
from headstart.optimizing.cold_starts import answered, compare, first_reports
from headstart.optimizing.probing import OBSERVE, Probing
from headstart.optimizing.variants import PutOff, Variants, put_off, with_package


class Searching:
    """One search: of the function of ``project``, in ``lab``."""

    def __init__(
        self,
        lab: Lab,
        project: Project,
        *,
        variants: Variants,
        is_init_waited_for: bool,
        journal: Journal,
        progress: Progress,
    ) -> None:
        self._lab = lab
        self._project = project
        self._variants = variants
        self._is_init_waited_for = is_init_waited_for
        self._journal = journal
        self._progress = progress

    async def result(self, known: Sequence[Culprit], *, minutes: int) -> DeferralResult:
        """What is deferred in the end, and what came of all else.

        Raises:
            EventError: every event fails without deferral too.
        """
        plain = self._on(self._variants.plain)
        invoker = await self._lab.invoker(plain)
        reports = await first_reports(invoker, plain.events)
        refused = tuple(report.event_name for report in reports if not report.succeeded)
        events = answered(plain.events, reports)
        self._project = msgspec.structs.replace(self._project, events=events)
        try:
            async with asyncio.timeout(minutes * 60):
                found = await self._found(invoker, known, init_ms=_function_init_ms(reports))
        except TimeoutError:
            found = outcome.unfinished(events=self._event_names, minutes=minutes)
        await invoker.close()
        result = await self._proved_and_measured(found) if found.puts_off else found
        return msgspec.structs.replace(result, refused=refused, trials=self._journal.tried)

    async def _found(self, invoker: LocalInvoker, known: Sequence[Culprit], *, init_ms: float) -> DeferralResult:
        plain, events = self._on(self._variants.plain), self._project.events
        tree_of = await imports.measure(invoker, events, timed_function_init_ms=init_ms, progress=self._progress)
        loads = _loads(tree_of)
        root, statements = await self._variants.rewritten(PutOff(None, frozenset(loads)))
        rewritten = self._on(root)
        order = list(range(len(events)))
        randomness(ORDER_SEED).shuffle(order)
        async with self._lab.stage(plain, rewritten) as stage:
            trials = Trials(stage.open_pass, events, plan=steps(order), journal=self._journal)
            volatile = outcome.unexpected(await self._volatile(trials), self._project.bundle.volatile)
            if volatile:
                return outcome.undecided(volatile, events=self._event_names)
            probe = Probing(await self._lab.invoker(rewritten), events, progress=self._progress)
            search = Search(
                statements,
                seen=decision.profile(await probe.everywhere(OBSERVE)),
                loads=loads,
                probe=probe,
                trials=trials,
                progress=self._progress,
            )
            searched = await search.run(known)
            return outcome.found(searched, events=self._event_names, garbage=self._variants.handler_file is not None)

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
        root, _ = await self._variants.rewritten(put_off(found))
        deferred = self._on(root)
        result = outcome.proved(found, await self._lab.prove(plain, deferred), expected=self._project.bundle.volatile)
        if not result.puts_off:
            return result
        invokers = [await self._lab.invoker(project) for project in (plain, deferred)]
        gains = await compare(
            invokers, self._project.events, is_init_waited_for=self._is_init_waited_for, progress=self._progress
        )
        return outcome.measured(result, gains, is_init_waited_for=self._is_init_waited_for)

    def _on(self, root: Path) -> Project:
        return with_package(self._project, root)

    @property
    def _event_names(self) -> tuple[str, ...]:
        return tuple(event.name for event in self._project.events)


def _function_init_ms(reports: Sequence[InvocationReport]) -> float:
    found = [report.init.function_ms for report in reports if report.init]
    return median(found) if found else 0.0


def _loads(measured: ImportsResult) -> dict[str, ModuleLoad]:
    return {
        node.module: ModuleLoad(node.self_ms, tuple(child.module for child in node.children))
        for node in imports.walk(measured.roots)
    }
