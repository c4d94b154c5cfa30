"""Runs a function on an engine of its own: a job as JSON on stdin, the reports as JSON on stdout."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from headstart.engine import interpreters
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event


async def _run(job: dict[str, Any]) -> dict[str, Any]:
    python = interpreters.query(Path(job["python"]))
    assert python is not None
    spec = FunctionSpec(
        name=job["name"],
        code=Path(job["code"]),
        handler="app.handler",
        runtime=python.runtime,
        memory=MemorySize(job["memory_mb"]),
        timeout_s=job["timeout_s"],
    )
    async with LocalLambda(isolations=tuple(job["isolations"])) as engine:
        deployment = await engine.deploy(spec, interpreter=python)
        environment = await engine.environment(deployment)
        reports = []
        for event in job["events"]:
            reports.append(await environment.invoke(Event(json.dumps(event).encode())))
            await asyncio.sleep(job["pause_s"])
        await engine.close(environment)
        return {"means": engine.describe(), "reports": [_told(report) for report in reports]}


def _told(report: Any) -> dict[str, Any]:
    told = msgspec.to_builtins(report)
    return told | {"payload": report.outcome.payload.decode(), "caveats": [c.code.value for c in report.caveats]}


if __name__ == "__main__":
    json.dump(asyncio.run(_run(json.load(sys.stdin))), sys.stdout)
