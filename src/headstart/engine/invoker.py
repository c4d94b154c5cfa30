"""Invokes a deployed function on the local engine, one environment at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headstart.engine.deployment import Deployment
from headstart.engine.environment import Environment
from headstart.engine.local_lambda import LocalLambda
from headstart.errors import LabError
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport

# Each event is sent once with everything traced and once more for its times (see guest/probe_imports.py).
_PROFILE_PASSES = 2


class LocalInvoker:
    """An Invoker and Profiler of one function (see model/invocation.py)."""

    def __init__(self, engine: LocalLambda, deployment: Deployment) -> None:
        self.deployment = deployment
        self._engine = engine
        self._environment: Environment | None = None

    @property
    def spec(self) -> FunctionSpec:
        """The function that is invoked."""
        return self.deployment.spec

    async def invoke(self, event: Event, *, fresh: bool = False) -> InvocationReport:
        """Invoke once; with ``fresh`` in a new execution environment, which later calls then reuse.

        Raises:
            SandboxError: no sandbox can be made.
        """
        if fresh:
            await self.close()
        if self._environment is None:
            self._environment = await self._engine.environment(self.deployment)
        return await self._environment.invoke(event)

    def at_memory(self, memory: MemorySize) -> "LocalInvoker":
        """The same function at another memory size, with environments of its own."""
        spec = msgspec.structs.replace(self.spec, memory=memory)
        return LocalInvoker(self._engine, msgspec.structs.replace(self.deployment, spec=spec))

    def with_variables(self, variables: Mapping[str, str]) -> "LocalInvoker":
        """The same function with more environment variables, with environments of its own."""
        spec = msgspec.structs.replace(self.spec, environment={**self.spec.environment, **variables})
        return LocalInvoker(self._engine, msgspec.structs.replace(self.deployment, spec=spec))

    async def records(self, probe: str, events: Sequence[Event]) -> list[dict[str, Any]]:
        """Send ``events`` to a fresh environment with the guest module ``probe`` inside; the probe's record after init
        and after each event, as long as they are answered."""
        environment = await self._engine.environment(
            msgspec.structs.replace(self.deployment, profiling=True), probe=probe
        )
        try:
            found = [environment.probe_record]
            for event in events:
                report = await environment.invoke(event)
                if not report.succeeded:
                    break
                await environment.settle()
                found.append(environment.probe_record)
            return [record for record in found if record is not None]
        finally:
            await self._engine.close(environment)

    async def profile(self, probe: str, events: Sequence[Event]) -> dict[str, Any]:
        """Send ``events`` to a fresh environment with the guest module ``probe`` inside; the probe's last record.

        Raises:
            LabError: the function ended before the probe could say anything.
        """
        environment = await self._engine.environment(
            msgspec.structs.replace(self.deployment, profiling=True), probe=probe
        )
        try:
            for event in tuple(events) * _PROFILE_PASSES:
                await environment.invoke(event)
                await environment.settle()
            record = environment.probe_record
        finally:
            await self._engine.close(environment)
        if record is None:
            raise LabError(f"{probe} said nothing: the function ended during init", hint="headstart invoke PATH")
        return record

    async def close(self) -> None:
        """Shut the environment down."""
        if self._environment is not None:
            environment, self._environment = self._environment, None
            await self._engine.close(environment)
