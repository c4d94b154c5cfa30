"""Invokes a deployed function and tells what it did beside answering: an Observer (see model/proof.py)."""

import asyncio
from typing import Any, Final

from headstart.engine import tmp_files
from headstart.engine.deployment import Deployment
from headstart.engine.environment import Environment
from headstart.engine.local_lambda import LocalLambda
from headstart.model.invocation import Event
from headstart.model.proof import Observed, SeenServices, Sent

_PROBE: Final = "probe_effects"


class LocalObserver:
    """An Observer of one function, one environment at a time; of what goes to ``services`` those tell."""

    def __init__(self, engine: LocalLambda, deployment: Deployment, *, services: SeenServices) -> None:
        self._engine = engine
        self._deployment = deployment
        self._services = services
        self._environment: Environment | None = None
        self._record: dict[str, Any] | None = None
        self._names: dict[str, str] = {}

    async def observe(self, event: Event, *, fresh: bool) -> Observed:
        """See Observer.

        Raises:
            SandboxError: no sandbox can be made.
        """
        if fresh or self._environment is None:
            await self.close()
            probe = _PROBE if self._deployment.runtime_folder else None
            self._environment = await self._engine.environment(self._deployment, probe=probe)
            self._names = {self._environment.id: "<log stream>"}
            self._record = None
        environment = self._environment
        report = await environment.invoke(event)
        await environment.settle()
        self._names[report.request_id] = f"<request id {len(self._names)}>"
        seen = self._new_record(environment.probe_record)
        files = None
        if self._deployment.isolation != "none":
            files = await asyncio.to_thread(tmp_files.listed, environment.root_pid)
        return Observed(
            report=report,
            names=dict(self._names),
            files=files,
            network=self._network(seen),
            services=self._services.take(),
            started=tuple(seen["started"]) if seen else (),
            unseen=tuple(self._unseen(seen)),
        )

    def _new_record(self, record: dict[str, Any] | None) -> dict[str, Any] | None:
        """``record`` if it is that of the event just sent, and not of init or of the event before it."""
        before, self._record = self._record, record
        return record if record is not None and record != before and record.get("events") else None

    async def close(self) -> None:
        """Shut the environment down."""
        if self._environment is not None:
            environment, self._environment = self._environment, None
            await self._engine.close(environment)

    def _network(self, record: dict[str, Any] | None) -> tuple[Sent, ...] | None:
        if record is None:
            return None
        return tuple(
            Sent(f"{record['process']}-{number}", to, text.encode("latin-1"))
            for number, to, text in record["sent"]
            if to not in self._services.addresses
        )

    def _unseen(self, record: dict[str, Any] | None) -> list[str]:
        if record is None:
            return []  # that nothing was seen of the network says it
        found = [
            f"{name} opens connections by itself: what it sent was not seen"
            for name in record["native"]
            if name not in self._services.native_clients
        ]
        if record["started"]:
            found.append("processes were started: what they sent was not seen")
        if record["cut"]:
            found.append(f"{record['cut']:,} bytes more were sent than are kept of one invocation")
        return found
