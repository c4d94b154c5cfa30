"""One trial of preloading: first invocations are looked at, a plan is made of them, proved and measured in a lab."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.measure import first_use
from headstart.model import limits
from headstart.model.function import InitializationType, MemorySize
from headstart.model.function_costs import priced_region
from headstart.model.gain import Gain
from headstart.model.placement import Conditions
from headstart.model.preloading import FirstUses, PlacementPlan, PreloadResult, Step
from headstart.model.progress import Progress
from headstart.model.proof import ProofResult
from headstart.optimize.placement.plan import plan
from headstart.optimize.placement.trial import settle
from headstart.optimizing.cold_starts import answered, compare, first_reports
from headstart.optimizing.variants import PutOff, Variants, with_package

_FULL_VCPU: Final = MemorySize(limits.MEMORY_MB_PER_VCPU)


class Given(msgspec.Struct, frozen=True):
    """A function's package with imports ``put_off``, and what it is to run under."""

    variants: Variants
    put_off: PutOff
    conditions: Conditions


class Preloading:
    """The trial of a function in ``lab``, as it is ``given``; a Rehearsal."""

    def __init__(self, lab: Lab, project: Project, *, given: Given, progress: Progress) -> None:
        self._lab = lab
        self._project = project
        self._given = given
        self._progress = progress

    async def plan(self) -> PlacementPlan:
        """What is to go into init.

        Raises:
            EventError: every event fails.
        """
        return plan(await self._first_uses(), self._given.conditions)

    async def result(self) -> PreloadResult:
        """What goes into init, as far as it changes nothing and pays.

        Raises:
            EventError: every event fails.
        """
        seen = await self._first_uses()
        return await settle(lambda withdrawn: plan(seen, self._given.conditions, withdrawn=withdrawn), rehearsal=self)

    async def prove(self, steps: Sequence[Step]) -> ProofResult:
        """See ``Rehearsal``."""
        return await self._lab.prove(await self._on(()), await self._on(steps))

    async def measure(self, steps: Sequence[Step]) -> tuple[Gain, ...]:
        """See ``Rehearsal``."""
        invokers = [await self._lab.invoker(await self._on(each)) for each in ((), steps)]
        return await compare(
            invokers,
            self._project.events,
            is_init_waited_for=self._given.conditions.is_init_waited_for,
            progress=self._progress,
        )

    async def _first_uses(self) -> FirstUses:
        function = await self._on(())
        invoker = (await self._lab.invoker(function)).at_memory(_FULL_VCPU)
        events = answered(function.events, await first_reports(invoker, function.events))
        await invoker.close()
        self._project = msgspec.structs.replace(self._project, events=events)
        return await first_use.observe(invoker, events, progress=self._progress)

    async def _on(self, steps: Sequence[Step]) -> Project:
        """The function with ``steps`` preloaded."""
        variants, put_off = self._given.variants, self._given.put_off
        root: Path = variants.plain
        if put_off or steps:
            root, _ = await variants.rewritten(put_off, steps)
        return with_package(self._project, root)


def conditions(project: Project, initialization: InitializationType) -> Conditions:
    """What a function runs under."""
    spec = project.spec
    return Conditions(
        memory=spec.memory,
        initialization=initialization,
        architecture=spec.architecture,
        region=priced_region(spec.region),
        traffic=project.traffic,
    )
