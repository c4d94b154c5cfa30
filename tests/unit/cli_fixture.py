"""Runs the real command line in a lab that plays a script."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import results_fixture

from headstart.cli.main import main
from headstart.infra.project import Project
from headstart.measure.check import CheckOptions
from headstart.measure.compare import compare
from headstart.model.invocation import InvocationReport
from headstart.model.journaled import Keep
from headstart.model.progress import Progress
from headstart.model.results import CheckResult
from headstart.testing import ScriptedInvoker, report

HANDLER = "def handler(event, context):\n    return event\n"


class FakeLab:
    """A lab, and what opens it: ``FakeLab(...)`` is given where a function that makes a lab is wanted.

    ``fault`` is raised by whatever it is asked for.
    """

    def __init__(
        self,
        reports: Sequence[InvocationReport] = (report(),),
        *,
        result: CheckResult | None = None,
        old: CheckResult | None = None,
        fault: BaseException | None = None,
    ) -> None:
        self.reports, self.fault = reports, fault
        self.result = result or results_fixture.check_result()
        self.old = old or self.result
        self.invokers: list[ScriptedInvoker] = []
        self.checked: list[tuple[tuple[Project, ...], CheckOptions]] = []
        self.entered = self.left = 0

    def __call__(self, progress: Progress) -> "FakeLab":
        self.progress = progress
        return self

    async def __aenter__(self) -> "FakeLab":
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left += 1

    async def invoker(self, project: Project) -> ScriptedInvoker:
        self._fail()
        self.progress.start("installing packages")
        self.progress.finish("installing packages")
        self.invokers.append(ScriptedInvoker(project.spec, self.reports))
        return self.invokers[-1]

    async def check(self, project: Project, *, options: CheckOptions, keep: Keep) -> CheckResult:
        self._fail()
        self.checked.append(((project,), options))
        return self.result

    async def check_against(
        self, old: Project, new: Project, *, options: CheckOptions, keep: Keep | None = None
    ) -> tuple[CheckResult, CheckResult]:
        self._fail()
        self.checked.append(((old, new), options))
        comparison = compare(self.old, self.result, interleaved=True)
        return self.old, msgspec.structs.replace(self.result, comparison=comparison)

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault


class Said(msgspec.Struct):
    """How a command ended and what it wrote."""

    code: int
    out: bytes
    err: str


class Terminal:
    """Types commands, in a folder with ``function/app.py``."""

    def __init__(self, folder: Path, capture) -> None:
        self.folder = folder
        self._capture = capture

    def type(self, *words: str, lab: FakeLab | None = None) -> Said:
        lab = lab or FakeLab()
        code = main(words, open_lab=lab)
        out, err = self._capture.readouterr()
        assert lab.left == lab.entered
        return Said(code, out, err.decode())


def function(folder: Path, source: str = HANDLER) -> Path:
    folder.mkdir()
    (folder / "app.py").write_text(source)
    return folder
