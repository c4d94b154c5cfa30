"""Takes snapshots of a deployed function and restores them, as SnapStart would: Snapshots (see model/snapstart.py)."""

import ast
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.engine.clock import Clock
from headstart.engine.deployment import Deployment
from headstart.engine.environment import Environment
from headstart.engine.local_lambda import LocalLambda
from headstart.errors import LabError
from headstart.model import limits
from headstart.model.function import InitializationType
from headstart.model.invocation import Event, FunctionError, InvocationReport, Succeeded
from headstart.model.lifecycle import Phase
from headstart.model.snapstart import SnapshotRun

_PROBE: Final = "probe_snapshot"
_SETTINGS: Final = "_HEADSTART_SNAPSHOT"
# What only the order of a set differs in is no value of its own.
_SAME_ORDER: Final = {"PYTHONHASHSEED": "0"}
# At a small CPU share the probe itself takes longer than many a function's timeout.
_TIMEOUT_S_MIN: Final = 60


class LocalSnapshots:
    """Snapshots of one function. ``restore_limit_s`` is what its hooks after the restore may take."""

    def __init__(
        self,
        engine: LocalLambda,
        deployment: Deployment,
        *,
        clock: Clock,
        restore_limit_s: float = limits.SNAP_START_RESTORE_S,
    ) -> None:
        self._engine = engine
        self._deployment = deployment
        self._restore_limit_s = restore_limit_s
        self._key = clock.new_id()

    async def snapshot(self, events: Sequence[Event], *, restores: int) -> SnapshotRun:
        """See Snapshots.

        Raises:
            SandboxError: no sandbox can be made.
            LabError: the probe failed; the message holds its stack trace.
        """
        deployment = self._observed(restores=restores, events=len(events))
        environment = await self._engine.environment(deployment, probe=_PROBE)
        try:
            reports = await _serve(environment, list(events) * max(1, restores))
            record = environment.probe_record
            failure = "" if record else await _why(environment, events[0])
        finally:
            await self._engine.close(environment)
        if failure or record is None:
            return SnapshotRun(failure=failure)
        if "error" in record:
            raise LabError(f"{_PROBE} failed:\n{str(record['error']).rstrip()}")
        return _run(record, reports, events=len(events))

    def place(self, path: str, name: str) -> str:
        """See Snapshots."""
        package = self._deployment.package
        root = package.opt if path.startswith("/opt/") and package.opt else package.root
        file = root / path.removeprefix("/opt/")
        line = _binding_line(file, name.partition(":")[2])
        return f"{path}:{line}" if line else path

    def _observed(self, *, restores: int, events: int) -> Deployment:
        deployment = self._deployment
        settings = {
            "restores": restores,
            "events": events,
            "restore_limit_s": self._restore_limit_s,
            "key": self._key,
            "tmp": "" if deployment.isolation == "none" else "/tmp",
        }
        spec = deployment.spec
        observed = msgspec.structs.replace(
            spec,
            initialization=InitializationType.SNAP_START,
            environment={**_SAME_ORDER, **spec.environment, _SETTINGS: msgspec.json.encode(settings).decode()},
            timeout_s=max(spec.timeout_s, _TIMEOUT_S_MIN),
        )
        return msgspec.structs.replace(deployment, spec=observed)


def snapshots_of(engine: LocalLambda, deployment: Deployment, *, clock: Clock) -> LocalSnapshots | None:
    """The snapshots of a function; None where there can be none: not on Linux, or not AWS's runtime client."""
    can_fork = sys.platform == "linux" and deployment.runtime_folder is not None
    return LocalSnapshots(engine, deployment, clock=clock) if can_fork else None


async def _serve(environment: Environment, events: Sequence[Event]) -> list[InvocationReport]:
    reports: list[InvocationReport] = []
    for event in events:
        if environment.phase is not Phase.READY or not _goes_on(reports):
            break
        reports.append(await environment.invoke(event))
        await environment.settle()
    return reports


def _goes_on(reports: Sequence[InvocationReport]) -> bool:
    return not reports or isinstance(reports[-1].outcome, Succeeded | FunctionError)


async def _why(environment: Environment, event: Event) -> str:
    """Why init failed, as the next invocation says."""
    outcome = (await environment.invoke(event)).outcome
    if isinstance(outcome, FunctionError):
        return f"{outcome.error_type}: {outcome.message}"
    return "init ended the process" if isinstance(outcome, Succeeded) else outcome.error_type


def _run(record: dict[str, Any], reports: list[InvocationReport], *, events: int) -> SnapshotRun:
    restores = record.pop("restores")
    run = msgspec.convert({**record, "restores": restores}, SnapshotRun)
    if not restores:
        return msgspec.structs.replace(run, alone=tuple(reports))
    shares = [tuple(reports[at : at + events]) for at in range(0, len(restores) * events, events)]
    served = zip(run.restores, shares, strict=True)
    return msgspec.structs.replace(
        run, restores=tuple(msgspec.structs.replace(each, reports=share) for each, share in served)
    )


def _binding_line(file: Path, name: str) -> int | None:
    name = re.split(r"[.\[(]", name)[0]
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    for statement in tree.body:
        bound = {
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        if name in bound or getattr(statement, "name", None) == name:
            return statement.lineno
    return None
