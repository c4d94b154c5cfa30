"""``headstart check``: measures a function, explains it, and says what to do."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import output, progress
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import EVENT_HELP, FunctionFlags, OpenLab, ProjectPath, overrides
from headstart.cli.parse import amount, positive, ratio, whole
from headstart.cli.screen import show
from headstart.cli.template_flags import TemplateFlags
from headstart.engine.clock import SystemClock
from headstart.errors import ConfigError
from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.infra.project import Project
from headstart.infra.settings import TemplateTable
from headstart.measure.check import CheckOptions
from headstart.measure.compare import compare, limits_exceeded
from headstart.model.results import CheckResult
from headstart.report import as_json, as_text, comparison_as_text
from headstart.report.journal import kept
from headstart.report.write import require_place, require_writable, write, write_file

_STDOUT = "-"
_JOURNAL = "invocations.jsonl"


class WorkloadFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What the function is examined under."""

    event: Annotated[list[str], Option("--event", "-e", metavar="EVENT", help=f"{EVENT_HELP} Repeatable.")] = []
    monthly_invocations: Annotated[
        int | None, Option("--monthly-invocations", metavar="N", parser=whole, help="For the cost per month.")
    ] = None
    cold_ratio: Annotated[
        float | None,
        Option("--cold-ratio", metavar="R", parser=ratio, help="Share of cold starts, 0 … 1, for the cost."),
    ] = None


class CheckFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How to measure, and what to do with the result."""

    runs: Annotated[int, Option("--runs", metavar="N", parser=positive, help="Cold starts to measure; 1 or more.")] = 10
    allocations: Annotated[bool, Option("--allocations", help="One more run: which lines hold the memory.")] = False
    snapstart: Annotated[
        bool, Option("--snapstart", help="Also: is a snapshot of it safe, and does SnapStart pay? Exit 1 if not ready.")
    ] = False
    output: Annotated[Path, Option("--output", "-o", metavar="DIR", help="Where the report goes.")] = Path(
        "headstart-report"
    )
    json: Annotated[
        str | None, Option("--json", metavar="FILE", help="Also write the result as JSON; - for stdout, and no screen.")
    ] = None
    max_init_ms: Annotated[
        float | None,
        Option("--max-init-ms", metavar="MS", parser=amount, help="Exit 1 if the median init takes longer."),
    ] = None
    max_memory_ratio: Annotated[
        float | None,
        Option(
            "--max-memory-ratio", metavar="R", parser=ratio, help="Exit 1 if more of the memory size is used; 0 … 1."
        ),
    ] = None
    max_usd_per_million: Annotated[
        float | None,
        Option(
            "--max-usd-per-million", metavar="USD", parser=amount, help="Exit 1 if a million invocations cost more."
        ),
    ] = None
    compare: Annotated[
        Path | None, Option("--compare", metavar="OLD.json", help="Set the result beside an earlier one.")
    ] = None
    against: Annotated[
        Path | None, Option("--against", metavar="OLD_PATH", help="Set it beside another package, run in turn.")
    ] = None


async def check(
    path: ProjectPath,
    *,
    open_lab: OpenLab,
    template: TemplateFlags,
    function: FunctionFlags,
    workload: WorkloadFlags,
    flags: CheckFlags,
) -> int:
    """Measure a function, explain it, and say what to do, ranked by what it saves."""
    _require_one_reference(flags)
    given = _workload_over(overrides(function, template), workload)
    project = config_file.resolve(path, given)
    other = _other(flags.against, given, project=project) if flags.against else None
    if other is not None and project.is_bare_bundle:
        project = other.with_bundle(project)
    earlier = _earlier(flags.compare) if flags.compare else None
    _require_places(flags)
    output.notes(project.said)
    options = CheckOptions(runs=flags.runs, allocations=flags.allocations, snapstart=flags.snapstart)
    with kept(flags.output / _JOURNAL) as keep:
        async with open_lab(progress.to(sys.stderr, ticks_ns=SystemClock().ticks_ns)) as lab:
            if other is not None:
                _, result = await lab.check_against(other, project, options=options, keep=keep)
            else:
                result = await lab.check(project, options=options, keep=keep)
    if earlier is not None:
        result = msgspec.structs.replace(result, comparison=compare(earlier, result))
    return _answer(result, flags=flags)


def _workload_over(given: Overrides, workload: WorkloadFlags) -> Overrides:
    return msgspec.structs.replace(
        given,
        events=tuple(workload.event) or None,
        invocations_per_month=workload.monthly_invocations,
        cold_ratio=workload.cold_ratio,
    )


def _require_one_reference(flags: CheckFlags) -> None:
    if flags.compare and flags.against:
        raise ConfigError(
            f"--compare {flags.compare} and --against {flags.against} are two things to compare with; needed: one",
            hint="--against runs both packages now, which is the fairer comparison",
        )


def _require_places(flags: CheckFlags) -> None:
    """Refuse now what could not be written after the measurements."""
    require_writable(flags.output)
    file = _json_file(flags)
    if file is not None:
        require_place(file, flag="--json")


def _json_file(flags: CheckFlags) -> Path | None:
    return None if flags.json in (None, _STDOUT) else Path(flags.json)


def _other(path: Path, given: Overrides, *, project: Project) -> Project:
    """The package to compare with, under the same events and traffic, with services of the same kind.

    It may be code by itself where the new one is in a template, and the other way round. A bundle is compared in the
    runtime that it is for, under the events of what it was made of.
    """
    template = given.template if config_file.is_template(path) else TemplateTable()
    given = msgspec.structs.replace(given, template=template)
    if project.is_bare_bundle:
        spec = project.spec
        given = msgspec.structs.replace(given, runtime=spec.runtime, architecture=spec.architecture)
        return config_file.resolve(path, given)
    other = config_file.resolve(path, msgspec.structs.replace(given, events=()))
    return msgspec.structs.replace(other, events=project.events, traffic=project.traffic, services=project.services)


def _earlier(path: Path) -> CheckResult:
    try:
        document = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"--compare {path} cannot be read: {error.strerror}", hint=f"headstart check PATH --json {path} writes one"
        ) from error
    return as_json.decode(document)


def _answer(result: CheckResult, *, flags: CheckFlags) -> int:
    """Write and show everything; the exit code."""
    report, *_ = write(result, flags.output)
    if file := _json_file(flags):
        write_file(file, as_json.encode(result))
    if flags.json == _STDOUT:
        output.write(sys.stdout, as_json.encode(result))
        stream = sys.stderr
    else:
        show(sys.stdout, as_text.render(result))
        stream = sys.stdout
    if result.comparison is not None:
        output.say(stream, "")
        show(stream, comparison_as_text.render(result.comparison))
    output.say(stream, f"\nReport: {report}\n{as_text.headline_advice(result)}")
    objections = tuple(_objections(result, flags=flags))
    output.notes(objections)
    return ExitCode.FINDING if objections else ExitCode.OK


def _objections(result: CheckResult, *, flags: CheckFlags) -> Iterator[str]:
    """A sentence for each reason to say no."""
    yield from limits_exceeded(
        result,
        max_init_ms=flags.max_init_ms,
        max_memory_ratio=flags.max_memory_ratio,
        max_usd_per_million=flags.max_usd_per_million,
    )
    yield from (f"the function failed: {failure}" for failure in result.cold_start.failures)
    if result.snapstart is not None:
        yield from (f"SnapStart is not to be had: {reason}" for reason in result.snapstart.excluded)
        if unsafe := result.snapstart.unsafe:
            yield f"unsafe to snapshot: {'; '.join(found.name for found in unsafe)}"
    if (comparison := result.comparison) is not None and comparison.verdict == "worse":
        yield f"{comparison.new_name} is worse than {comparison.old_name}"
