"""``headstart prove``: shows by replay whether two packages of a function behave the same."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from typer import Argument, Option

from headstart.cli import output, progress
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import EVENT_HELP, FunctionFlags, OpenLab, ProjectPath, overrides
from headstart.cli.template_flags import TemplateFlags
from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.infra.project import Project
from headstart.infra.settings import TemplateTable
from headstart.model.proof import ProofResult, Verdict

_STDOUT = "-"


class ProveFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay, and what to do with the answer."""

    event: Annotated[list[str], Option("--event", "-e", metavar="EVENT", help=f"{EVENT_HELP} Repeatable.")] = []
    tests: Annotated[
        Path | None, Option("--tests", metavar="DIR", help="The function's own tests, run against both as well.")
    ] = None
    no_playback: Annotated[
        bool,
        Option("--no-playback", help="Call servers that Headstart did not start in every replay, not just the first."),
    ] = False
    json: Annotated[
        str | None, Option("--json", metavar="FILE", help="Also write the result as JSON; - for stdout, and no screen.")
    ] = None


async def prove(
    path: ProjectPath,
    new_path: Annotated[
        Path, Argument(metavar="NEW_PATH", help="The package that is to behave the same.", show_default=False)
    ],
    *,
    open_lab: OpenLab,
    template: TemplateFlags,
    function: FunctionFlags,
    flags: ProveFlags,
) -> int:
    """Replay events against two packages of a function: same, different, or undecided. Exit 0 for same alone."""
    from headstart.engine.clock import SystemClock  # noqa: PLC0415  (what --help need not wait for)

    given = msgspec.structs.replace(overrides(function, template), events=tuple(flags.event) or None)
    old, new = _packages(path, new_path, given=given)
    _require_place(flags)
    output.notes((*old.said, *new.said))
    async with open_lab(progress.to(sys.stderr, ticks_ns=SystemClock().ticks_ns)) as lab:
        result = await lab.prove(old, new, tests=flags.tests, plays_back=not flags.no_playback)
    return _answer(result, flags)


def _packages(path: Path, new_path: Path, *, given: Overrides) -> tuple[Project, Project]:
    """Both; the events and services are those of the old one. A bundle has the settings of what it was made of."""
    template = given.template if config_file.is_template(new_path) else TemplateTable()
    new = config_file.resolve(new_path, msgspec.structs.replace(given, events=(), template=template))
    if not new.is_bare_bundle:
        return config_file.resolve(path, given), new
    spec = new.spec
    old = config_file.resolve(
        path, msgspec.structs.replace(given, runtime=spec.runtime, architecture=spec.architecture)
    )
    return old, old.with_bundle(new)


def _require_place(flags: ProveFlags) -> None:
    """Refuse now what could not be written after the replay."""
    from headstart.report.write import require_place  # noqa: PLC0415

    if flags.json not in (None, _STDOUT):
        require_place(Path(flags.json), flag="--json")


def _answer(result: ProofResult, flags: ProveFlags) -> int:
    from headstart.cli.answers import answer  # noqa: PLC0415
    from headstart.report import proof_as_text  # noqa: PLC0415

    answer(result, proof_as_text.render(result), json=flags.json)
    return ExitCode.OK if result.verdict is Verdict.SAME else ExitCode.FINDING
