"""The lab: builds the engines and introduces them to each other."""

import datetime
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from headstart.engine import host, own_tests, package
from headstart.engine.clock import Clock, SystemClock, randomness
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.engine.observer import LocalObserver
from headstart.engine.snapshots import snapshots_of
from headstart.engine.zipped_size import weigh_zipped
from headstart.infra import bundle_facts
from headstart.infra.project import Project
from headstart.measure import check
from headstart.measure.check import CheckOptions, Session, Subject
from headstart.measure.check_both import check_both
from headstart.model.bundle import EAGER
from headstart.model.function import FunctionSpec
from headstart.model.invocation import InvocationReport
from headstart.model.journaled import Journaled, Keep
from headstart.model.progress import NoProgress, Progress
from headstart.model.proof import ProofResult, Side
from headstart.model.results import CheckResult, FunctionFacts
from headstart.optimize.proof import prove
from headstart.optimize.proof.own_tests import with_tests
from headstart.optimize.proof.playback import Playback
from headstart.optimize.proof.prove import Replays
from headstart.optimize.proof.relay import Relays
from headstart.optimize.proof.stage import Stage
from headstart.services.provided import provided, provided_alike

# The other order of events is the same in every proof.
ORDER_SEED: Final = 1
_MB: Final = 1024 * 1024


def _forget(_: InvocationReport) -> None:
    """Keep nothing."""


class Lab:
    """Runs and measures functions on this machine. Use as an asynchronous context; nothing of it remains after.

    Raises:
        RequestError: from any method, when what it was given cannot be run.
        LabError: from any method, when this machine or the lab itself fails.
    """

    def __init__(self, progress: Progress | None = None, *, clock: Clock | None = None) -> None:
        self._progress = progress or NoProgress()
        self._clock = clock or SystemClock()
        self._engine = LocalLambda(clock=self._clock)
        self._services = AsyncExitStack()

    async def __aenter__(self) -> "Lab":
        await self._engine.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._services:  # a function may use them until it has ended
            await self._engine.__aexit__()

    async def invoker(self, project: Project) -> LocalInvoker:
        """Start the services that a function needs, and deploy it on the local engine.

        Its own environment variables win over those of the services, but for those that a template leaves open.
        """
        services = provided(
            project.services, password=self._clock.new_id(), region=project.spec.region, progress=self._progress
        )
        spec = _with_variables(project, await self._services.enter_async_context(services))
        return LocalInvoker(self._engine, await self._engine.deploy(spec, progress=self._progress))

    async def check(self, project: Project, *, options: CheckOptions, keep: Keep = _forget) -> CheckResult:
        """Measure and explain a function; ``keep`` gets each invocation's report at once."""
        subject = await self._subject(project, keep=keep)
        return await check.check(subject, session=self.session(options))

    async def check_against(
        self, old: Project, new: Project, *, options: CheckOptions, keep: Keep = _forget
    ) -> tuple[CheckResult, CheckResult]:
        """Measure and explain two packages of a function, their cold starts in turn; the result of ``new`` has the
        comparison, and where it is a bundle what each step to it saved."""
        subjects = [await self._subject(project, keep=keep, is_zipped=True) for project in (old, new)]
        return await check_both(*subjects, session=self.session(options))

    async def prove(
        self, old: Project, new: Project, *, tests: Path | None = None, plays_back: bool = True
    ) -> ProofResult:
        """Replay the events of ``old`` against two packages of a function, with the services that ``old`` needs.

        ``tests`` is a folder of the function's own tests, which are run against both. Without ``plays_back`` servers
        that Headstart did not start are called in every replay, and not just in the first.
        """
        result = await self._replayed(old, new, plays_back=plays_back)
        if tests is None:
            return result
        runs = [
            [await own_tests.run(self._engine, each.spec, tests=tests, progress=self._progress) for _ in range(2)]
            for each in (old, new)
        ]
        return with_tests(result, old=runs[0], new=runs[1])

    async def _replayed(self, old: Project, new: Project, *, plays_back: bool) -> ProofResult:
        async with self.stage(old, new, plays_back=plays_back) as stage:
            names = str(old.spec.code), str(new.spec.code)
            replays = Replays(open_pass=stage.open_pass, events=old.events, names=names, progress=self._progress)
            result = await prove.prove(replays, shuffle=randomness(ORDER_SEED))
            return msgspec.structs.replace(result, notes=stage.notes)

    @asynccontextmanager
    async def stage(self, old: Project, new: Project, *, plays_back: bool = True) -> AsyncIterator[Stage]:
        """What two packages of a function are replayed in, with the services that ``old`` needs; see ``prove``."""
        needs, region, password = old.services, old.spec.region, self._clock.new_id()
        projects = dict(zip(Side, (old, new), strict=True))
        deployments = {
            side: await self._engine.deploy(project.spec, progress=self._progress) for side, project in projects.items()
        }

        def observer(side: Side, variables: dict[str, str]) -> LocalObserver:
            spec = _with_variables(projects[side], variables)
            return LocalObserver(self._engine, msgspec.structs.replace(deployments[side], spec=spec), services=relays)

        async with Relays(needs.to_start) as relays, Playback(relays, password=password) as playback:
            yield Stage(
                lambda: provided_alike(needs, password=password, region=region, progress=NoProgress()),
                observer,
                relays,
                playback if plays_back else None,
            )

    async def _subject(self, project: Project, *, keep: Keep, is_zipped: bool = False) -> Subject:
        invoker, bundle = await self.invoker(project), bundle_facts.read(project.spec.code)
        precompiled = None if bundle else await self._precompiled(invoker)
        built, spec = invoker.deployment.package, project.spec
        zipped = await weigh_zipped(built, spec, progress=self._progress) if is_zipped else None
        eager = invoker.with_variables(EAGER) if bundle and bundle.is_optimized else None
        return Subject(
            invoker=Journaled(invoker, keep),
            profiler=invoker,
            events=project.events,
            function=_function_facts(project, invoker, zipped_bytes=zipped),
            traffic=project.traffic,
            precompiled=Journaled(precompiled, keep) if precompiled else None,
            bundle=bundle,
            eager=Journaled(eager, keep) if eager else None,
            snapshots=snapshots_of(self._engine, invoker.deployment, clock=self._clock),
        )

    async def _precompiled(self, invoker: LocalInvoker) -> LocalInvoker | None:
        """The same function with bytecode for every module; None for a custom runtime."""
        deployment = invoker.deployment
        if deployment.interpreter is None or deployment.package.has_bootstrap:
            return None
        compiled = await package.with_bytecode(deployment.package, deployment.interpreter, progress=self._progress)
        return LocalInvoker(self._engine, msgspec.structs.replace(deployment, package=compiled))

    def session(self, options: CheckOptions) -> Session:
        """When, where and how this lab measures."""
        created = datetime.datetime.fromtimestamp(self._clock.now_s(), datetime.UTC)
        return Session(
            created=created.isoformat(timespec="seconds"),
            host=host.facts(self._engine),
            shuffle=randomness(),
            progress=self._progress,
            options=options,
        )


def _with_variables(project: Project, variables: Mapping[str, str]) -> FunctionSpec:
    """The function's own environment variables win, but for those that a template leaves open."""
    is_open = project.open_variables & variables.keys()
    own = {name: value for name, value in project.spec.environment.items() if name not in is_open}
    return msgspec.structs.replace(project.spec, environment={**variables, **own})


def _function_facts(project: Project, invoker: LocalInvoker, *, zipped_bytes: int | None) -> FunctionFacts:
    spec, built = project.spec, invoker.deployment.package
    return FunctionFacts(
        name=spec.name,
        handler=spec.handler,
        runtime=spec.runtime,
        architecture=spec.architecture,
        memory_mb=spec.memory.mb,
        timeout_s=spec.timeout_s,
        region=spec.region,
        code=str(spec.code),
        package_mb=built.unzipped_bytes / _MB,
        package_files=built.files,
        events=tuple(event.name for event in project.events),
        package_zipped_mb=None if zipped_bytes is None else zipped_bytes / _MB,
    )
