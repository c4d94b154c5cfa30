"""``headstart bundle --report``: the function as it was and as it is bundled, run in turn, as a page."""

import sys
from pathlib import Path

import msgspec

from headstart.cli import output
from headstart.cli.options import OpenLab
from headstart.errors import ConfigError
from headstart.infra.project import Project
from headstart.model.bundle import BundleFormat, BundleResult
from headstart.model.progress import Progress
from headstart.report.write import require_writable, write_file


def refuse_report(file: Path) -> None:
    """See that the page can be written, before anything is built.

    Raises:
        RequestError: it cannot.
    """
    if file.is_dir():
        raise ConfigError(f"--report {file} is a folder, and one page is written", hint=f"--report {file}/bundle.html")
    require_writable(file.parent)


async def report_on(
    result: BundleResult, project: Project, *, file: Path, open_lab: OpenLab, progress: Progress
) -> None:
    """Run ``project`` with its dependencies installed as usual, and as it is bundled, in turn, and write the page.

    Raises:
        RequestError: one of them cannot be run here, or the page cannot be written.
    """
    from headstart.measure.check import CheckOptions  # noqa: PLC0415  (what a bundle without a report need not wait for)
    from headstart.report import as_html  # noqa: PLC0415

    async with open_lab(progress) as lab:
        _, new = await lab.check_against(project, _bundled(result, project), options=CheckOptions())
    write_file(file, as_html.render(new).encode())
    output.say(sys.stderr, f"Report: {file}")


def _bundled(result: BundleResult, project: Project) -> Project:
    """The function with what was written as its package."""
    from headstart.optimize.bundle import image  # noqa: PLC0415

    written = Path(result.function.path)
    code = written / image.FOLDER if result.format is BundleFormat.IMAGE else written
    layers = (*project.spec.layers, *([Path(result.layer.path)] if result.layer else []))
    spec = msgspec.structs.replace(project.spec, code=code, requirements=None, layers=layers)
    return msgspec.structs.replace(project, spec=spec)
