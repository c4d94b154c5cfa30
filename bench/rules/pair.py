"""Runs a rule's bad function against its good one on the local engine, in turns: cold starts, warm invocations, memory.

A script of a rule says what both are and which figure the rule claims::

    if __name__ == "__main__":
        run(__doc__, bad=_BAD, good=_GOOD, claims="warm")
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import uvloop

sys.path.append(str(Path(__file__).parents[1]))
from rows import Row, arguments, finish

from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport
from headstart.model.progress import NoProgress
from headstart.model.services import ServiceNeeds
from headstart.services.provided import provided

Code = str | Path | FunctionSpec
_UNITS = {"cold": "ms", "warm": "ms", "cpu": "ms", "memory": "MB"}
_IS_WORSE = "<= 0.95"
_SETTINGS = {"handler": "app.handler", "memory": MemorySize(1769), "timeout_s": 60}


def run(
    description: str | None,
    *,
    bad: Code,
    good: Code,
    claims: str,
    event: Mapping[str, Any] | None = None,
    services: ServiceNeeds | None = None,
) -> None:
    """Measure both sides and print by how much ``bad`` is worse; with ``--check`` exit 1 when it is not.

    A side is the source of an ``app.py`` with a ``handler``, a folder with one, or a whole specification. ``claims`` is
    ``cold`` (init and first invocation), ``warm`` (Duration afterwards), ``cpu`` (of warm invocations) or ``memory``
    (the peak at the end).
    """
    parser = arguments(description or "")
    parser.add_argument("--cold", type=int, default=8, help="cold starts for each side")
    parser.add_argument("--warm", type=int, default=30, help="warm invocations for each side")
    options = parser.parse_args()
    payload = Event(json.dumps(event or {}).encode())
    times = uvloop.run(
        _measure({"bad": bad, "good": good}, payload, services=services or ServiceNeeds(), options=options)
    )
    finish([_row(times, figure, is_claimed=figure == claims) for figure in _UNITS], options)


async def _measure(
    sides: Mapping[str, Code], event: Event, *, services: ServiceNeeds, options: argparse.Namespace
) -> dict[tuple[str, str], list[float]]:
    """Figures by name and side."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    needs = provided(services, password="loopback-only", region="us-east-1", progress=NoProgress())
    async with needs as variables, LocalLambda() as engine, _deployed(engine, sides, variables) as deployments:
        for _ in range(options.cold):
            for side, deployment in deployments.items():
                environment = await engine.environment(deployment)
                report = _checked(await environment.invoke(event))
                times["cold", side].append((report.init.init_ms if report.init else 0) + report.duration_ms)
                await engine.close(environment)
        environments = {side: await engine.environment(deployment) for side, deployment in deployments.items()}
        for number in range(options.warm + 1):
            for side, environment in environments.items():
                report = _checked(await environment.invoke(event))
                if number:
                    times["warm", side].append(report.duration_ms)
                    times["cpu", side].append(report.cpu_ms)
                if number == options.warm:
                    times["memory", side].append(report.max_memory_mb)
        for environment in environments.values():
            await engine.close(environment)
    return times


@asynccontextmanager
async def _deployed(
    engine: LocalLambda, sides: Mapping[str, Code], variables: Mapping[str, str]
) -> AsyncIterator[dict[str, Deployment]]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        specs = {side: _spec(side, code, folder=Path(folder)) for side, code in sides.items()}
        yield {
            side: await engine.deploy(msgspec.structs.replace(spec, environment={**variables, **spec.environment}))
            for side, spec in specs.items()
        }


def _spec(side: str, code: Code, *, folder: Path) -> FunctionSpec:
    if isinstance(code, FunctionSpec):
        return code
    if isinstance(code, str):
        (folder / side).mkdir()
        (folder / side / "app.py").write_text(code)
        code = folder / side
    return FunctionSpec(name=side, code=code, **_SETTINGS)


def _checked(report: InvocationReport) -> InvocationReport:
    if not report.succeeded:
        raise SystemExit(f"{report.outcome}\n" + "\n".join(line.text for line in report.log))
    return report


def _row(times: Mapping[tuple[str, str], list[float]], figure: str, *, is_claimed: bool) -> Row:
    good, bad = times[figure, "good"], times[figure, "bad"]
    detail = f"median {median(good):.3g} / {median(bad):.3g} {_UNITS[figure]}, min {min(good):.3g} / {min(bad):.3g}"
    bar = _IS_WORSE if is_claimed else ""
    return Row(f"{figure}: good / bad", median(good) / median(bad), "x", bar, f"{detail}, n = {len(good)}")
