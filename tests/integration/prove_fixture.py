"""Proves two versions of a function's source against each other, in real sandboxes."""

import textwrap
from pathlib import Path

from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event
from headstart.model.proof import ProofResult
from headstart.model.services import ServiceNeeds

EVENTS = (Event(b'{"n": 1}', name="one"), Event(b'{"n": 2}', name="two"))


class Pair:
    """Proves two versions of a function's source against each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events = EVENTS
        self.services = ServiceNeeds()
        self.environment: dict[str, str] = {}
        self.timeout_s = 10
        self.memory_mb = 1769

    def project(self, name: str, source: str) -> Project:
        code = self.folder / name
        code.mkdir(exist_ok=True)
        (code / "app.py").write_text(textwrap.dedent(source))
        spec = FunctionSpec(
            name="tested",
            code=code,
            handler="app.handler",
            memory=MemorySize(self.memory_mb),
            timeout_s=self.timeout_s,
            environment=self.environment,
        )
        return Project(spec=spec, events=self.events, services=self.services)

    async def prove(self, old: str, new: str, *, tests: Path | None = None) -> ProofResult:
        async with Lab() as lab:
            return await lab.prove(self.project("old", old), self.project("new", new), tests=tests)
