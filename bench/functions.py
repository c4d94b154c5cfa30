"""The functions in bench/apps: their settings, their events with the answers expected, and their cold starts."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import rows

from headstart.engine import interpreters
from headstart.engine.deployment import Deployment
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file, sample_events
from headstart.infra.config_file import Overrides
from headstart.infra.project import Project
from headstart.model.function import MemorySize
from headstart.model.invocation import Event, InvocationReport, Succeeded
from headstart.model.sample import Summary

_APPS = Path(__file__).parent / "apps"
_TIMEOUT_S = 120
NAMES = sorted(file.parent.name for file in _APPS.glob("*/headstart.toml"))
MEMORY_MB = 1769  # one full vCPU


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with what every script takes, and with --apps for some of the functions."""
    parser = rows.arguments(description)
    parser.add_argument("--apps", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    return parser


class Start(NamedTuple):
    """One cold start with its first invocation."""

    function_init_ms: float
    init_ms: float
    first_ms: float
    memory_mb: float

    @property
    def total_ms(self) -> float:
        return self.init_ms + self.first_ms

    @classmethod
    def of(cls, report: InvocationReport) -> Self:
        """That of an invocation whose environment has had a good init phase."""
        init = report.init
        return cls(init.function_ms, init.init_ms, report.duration_ms, init.memory_mb)


def read(app: str) -> Project:
    """A function, for the newest Python here, whose glibc on Lambda loads any wheel."""
    project = config_file.resolve(_APPS / app, Overrides(runtime=interpreters.installed()[-1].runtime))
    spec = msgspec.structs.replace(project.spec, timeout_s=_TIMEOUT_S, memory=MemorySize(MEMORY_MB))
    return msgspec.structs.replace(project, spec=spec)


def events(app: str) -> list[Event]:
    """All events of a function, those held out too."""
    return [sample_events.read_file(file) for file in sorted((_APPS / app / "events").glob("*.json"))]


def is_as_expected(app: str, report: InvocationReport) -> bool:
    """Whether an event has the answer in expected/."""
    expected = json.loads((_APPS / app / "expected" / f"{report.event_name}.json").read_text())
    return isinstance(report.outcome, Succeeded) and json.loads(report.outcome.payload) == expected


async def first_invocation(engine: LocalLambda, deployment: Deployment, event: Event) -> InvocationReport:
    """Invoke a function in a fresh environment, which is closed then."""
    environment = await engine.environment(deployment)
    try:
        return await environment.invoke(event)
    finally:
        await engine.close(environment)


def interval(ratio: Summary) -> str:
    """A ratio over rounds as it is shown: its median and the interval of that."""
    return f"{ratio.median:.2f} ({ratio.median_low:.2f}…{ratio.median_high:.2f})"


def least(ratios: Mapping[str, Summary]) -> str:
    """The function whose interval ends lowest."""
    return min(ratios, key=lambda app: ratios[app].median_high)
