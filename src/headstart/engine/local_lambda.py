"""The engine: deploys functions on this machine and makes their execution environments."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from headstart.engine import cache, control_groups, ephemeral_storage, interpreters, package, runtime_folder
from headstart.engine.clock import Clock, SystemClock
from headstart.engine.control_groups import ControlGroup, Hierarchy
from headstart.engine.deployment import Deployment
from headstart.engine.environment import Environment
from headstart.engine.fork import USER, Fork
from headstart.engine.interpreters import Interpreter
from headstart.engine.resources import Resources
from headstart.engine.sandbox import Sandbox, SandboxPlan
from headstart.engine.spawner import Spawner, scope_command
from headstart.errors import SandboxError
from headstart.model import limits
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.progress import NoProgress, Progress

_TRIAL_FILES: Final[dict[str, Any]] = {
    "binds": [],
    "masks": [],
    "cpus": 1,
    "tmp": {"kind": "tmpfs", "size_bytes": 1 << 20},
    "user": list(USER),
}


class LocalLambda:
    """Lambda on this machine. Use as an asynchronous context; when it is left, nothing of it remains."""

    def __init__(self, *, clock: Clock | None = None, isolations: tuple[str, ...] = ("root", "user", "none")) -> None:
        self._clock = clock or SystemClock()
        self._isolations = isolations
        self._isolation = "none"
        self._groups: dict[str, Hierarchy] = {}
        self._spawner: Spawner | None = None
        self._numbers: Iterator[int] = iter(range(1 << 30))
        self._environments: set[Environment] = set()
        self._spare: Fork | None = None

    async def __aenter__(self) -> "LocalLambda":
        self._spawner = Spawner(scope_command(os.environ, uid=os.geteuid()))
        try:
            self._groups = control_groups.available(self._spawner.group, member=self._spawner.pid)
            control_groups.remove_stale(self._groups)
            self._isolation = await self._best_isolation()
            self._spare = self._fork()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for environment in tuple(self._environments):
            with suppress(SandboxError):
                await self.close(environment)
        spare, self._spare = self._spare, None
        if spare is not None:
            await asyncio.to_thread(spare.close)
            spare.group.remove()
        if self._spawner is not None:
            await asyncio.to_thread(self._spawner.close)

    async def deploy(
        self,
        spec: FunctionSpec,
        *,
        interpreter: Interpreter | None = None,
        awslambdaric_version: str = runtime_folder.AWSLAMBDARIC_VERSION,
        progress: Progress | None = None,
    ) -> Deployment:
        """Build the function's package and everything that it runs on.

        ``interpreter`` is another Python than the one that would be found for ``spec.runtime``.

        Raises:
            RequestError: the package cannot be built, or no Python of this machine is the function's.
        """
        progress = progress or NoProgress()
        if interpreter is None and spec.python_version:
            interpreter = interpreters.find(spec.runtime)
        built = await package.build(spec, interpreter, progress=progress)
        runtime = None
        if interpreter is not None and not built.has_bootstrap:
            runtime = await runtime_folder.ensure(
                interpreter, awslambdaric_version=awslambdaric_version, progress=progress
            )
        return Deployment(
            spec=spec,
            package=built,
            interpreter=interpreter,
            runtime_folder=runtime,
            isolation=self._isolation,
            cache=_cache_folder(),
        )

    async def environment(self, deployment: Deployment, *, probe: str | None = None) -> Environment:
        """A new execution environment, its init phase done (or failed).

        Raises:
            SandboxError: the sandbox cannot be made.
        """
        fork, self._spare = self._spare or self._fork(), None
        environment = Environment(deployment, self._clock, fork=fork, probe=probe)
        self._environments.add(environment)
        self._spare = self._fork()
        try:
            await environment.start(lambda sandbox: self._create(sandbox, deployment, number=fork.number))
        except BaseException:
            await self.close(environment)
            raise
        return environment

    async def close(self, environment: Environment) -> None:
        """Shut an environment down."""
        self._environments.discard(environment)
        await environment.close()

    def describe(self) -> dict[str, str]:
        """The means by which ``cpu``, ``memory``, ``freeze`` and ``files`` are enforced here."""
        files = {
            "root": "own file system, user sbx_user1051",
            "user": "own file system, user namespace",
            "none": "not isolated",
        }
        return control_groups.describe(self._groups) | {"files": files[self._isolation]}

    async def _create(self, sandbox: Sandbox, deployment: Deployment, *, number: int) -> None:
        disk = None
        size_bytes = deployment.spec.ephemeral_storage_mb * 1024 * 1024
        tmp: dict[str, Any] = {"kind": "tmpfs", "size_bytes": size_bytes}
        if deployment.has_disk:
            with suppress(OSError):
                disk = ephemeral_storage.make_disk(deployment.spec.ephemeral_storage_mb, deployment.cache)
                tmp = {"kind": "ext4", "device": disk.device, "size_bytes": size_bytes}
        plan = deployment.plan(number=number, limits_processes=sandbox.resources.limits_processes, tmp=tmp)
        try:
            await sandbox.create(plan)
        finally:
            if disk is not None:
                disk.release()

    def _fork(self) -> Fork:
        """A sandbox for whatever environment comes next."""
        number = next(self._numbers)
        group = ControlGroup(self._groups, number=number)
        return Fork(self._running_spawner, group, isolation=self._isolation, number=number)

    @property
    def _running_spawner(self) -> Spawner:
        if self._spawner is None:
            raise SandboxError("the engine is not started", hint="use it as an asynchronous context")
        return self._spawner

    async def _best_isolation(self) -> str:
        """The first isolation of ``isolations`` that this machine allows, found by trying."""
        for isolation in self._isolations:
            if isolation == "none" or await self._works(isolation):
                return isolation
        raise SandboxError(f"none of the isolations {', '.join(self._isolations)} works on this machine")

    async def _works(self, isolation: str) -> bool:
        if sys.platform != "linux" or (isolation == "root") != (os.geteuid() == 0):
            return False
        fork = Fork(self._running_spawner, ControlGroup({}, number=0), isolation=isolation, number=0)
        resources = Resources(MemorySize(limits.MEMORY_MB_MAX), fork.group)
        sandbox = Sandbox(fork, resources, clock=self._clock, on_output=lambda _: None, on_exit=lambda _: None)
        try:
            await sandbox.create(SandboxPlan(files=_TRIAL_FILES, cpus=(), rlimits={}))
        except SandboxError:
            return False
        finally:
            await sandbox.close()
        return True


def _cache_folder() -> Path:
    folder = cache.location() / "disks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
