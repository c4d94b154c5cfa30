"""``headstart fix``: the edits that findings carry, as a diff, or carried out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from typer import Option

from headstart.cli import output, progress
from headstart.cli.audit_flags import AuditPath, LookFlags, RuleFlags
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import EVENT_HELP, OpenLab

if TYPE_CHECKING:
    from collections.abc import Callable

    from headstart.infra.project import Project
    from headstart.model.audit import AuditSettings
    from headstart.model.finding import Finding
    from headstart.model.fix import FixPlan


class FixFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with the edits."""

    write: Annotated[bool, Option("--write", help="Change the files; without it they are only shown.")] = False
    unsafe: Annotated[
        bool, Option("--unsafe", help="Also edits that may change what the function answers: read those.")
    ] = False


class MeasureFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How edits that are about speed are tried."""

    measure: Annotated[
        bool | None,
        Option(
            "--measure/--no-measure",
            help="Run the function with and without them, and withdraw what saves nothing; by default with --write.",
            show_default=False,
        ),
    ] = None
    event: Annotated[list[str], Option("--event", "-e", metavar="EVENT", help=f"{EVENT_HELP} Repeatable.")] = []
    function: Annotated[
        str | None, Option("--function", metavar="ID", help="The function of a template that is run.")
    ] = None


async def fix(
    path: AuditPath = Path(),
    *,
    open_lab: OpenLab,
    look: LookFlags,
    rules: RuleFlags,
    flags: FixFlags,
    measuring: MeasureFlags,
) -> int:
    """Show the edits that findings carry as a diff; with --write, make them."""
    from headstart.audit.fix import apply, plan, speed  # noqa: PLC0415  (what --help need not wait for)
    from headstart.cli.auditing import findings_at, settings_of  # noqa: PLC0415
    from headstart.report import fix_as_diff  # noqa: PLC0415

    settings = settings_of(path, look, rules=rules)
    findings = findings_at(path, settings).findings
    is_measured = flags.write if measuring.measure is None else measuring.measure
    if is_measured:
        function_of = _functions(path, settings, measuring=measuring)
        planned = await _tried(findings, function_of, open_lab=open_lab, unsafe=flags.unsafe)
    else:
        planned = plan.plan(findings, unsafe=flags.unsafe)
    output.write(sys.stdout, fix_as_diff.diff(planned).encode())
    if flags.write:
        apply.write(planned.changes)
    is_known = is_measured or not speed.fixes(planned.findings)
    output.notes(fix_as_diff.closing_words(planned, is_written=flags.write, is_measured=is_known))
    return ExitCode.OK


async def _tried(
    findings: "Sequence[Finding]", function_of: "Callable[[Path], Project]", *, open_lab: OpenLab, unsafe: bool
) -> "FixPlan":
    from headstart.engine.clock import SystemClock  # noqa: PLC0415  (as above)
    from headstart.fixing import Trying, tried  # noqa: PLC0415

    shown = progress.to(sys.stderr, ticks_ns=SystemClock().ticks_ns)
    trying = Trying(open_lab=open_lab, function_of=function_of, progress=shown)
    return await tried(findings, trying=trying, unsafe=unsafe)


def _functions(path: Path, settings: "AuditSettings", *, measuring: MeasureFlags) -> "Callable[[Path], Project]":
    """Finds the function that a file is of, and says once what was inferred about it."""
    from headstart.infra import sources  # noqa: PLC0415  (as above)
    from headstart.infra.config_file import Overrides  # noqa: PLC0415
    from headstart.infra.function_of_file import FunctionsOfFiles  # noqa: PLC0415
    from headstart.infra.sample_events import read_event  # noqa: PLC0415
    from headstart.infra.settings import TemplateTable  # noqa: PLC0415

    parameters, imports = dict(settings.parameters), dict(settings.imports)
    table = TemplateTable(function=measuring.function, parameters=parameters, imports=imports)
    events = tuple(read_event(source, sys.stdin.buffer) for source in measuring.event)
    given = Overrides(template=table, events=() if events else None)
    functions = FunctionsOfFiles(path, templates=settings.templates or sources.find(path).templates, given=given)
    said: set[str] = set()

    def function_of(file: Path) -> "Project":
        project = functions.of(file)
        output.notes(sentence for sentence in project.said if sentence not in said)
        said.update(project.said)
        return msgspec.structs.replace(project, events=events or project.events)

    return function_of
