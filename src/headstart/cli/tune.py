"""``headstart tune``: finds the memory size to run a function with, on this machine or on AWS."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import msgspec
from typer import Argument

from headstart.cli import output, progress
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import FunctionFlags, OpenLab
from headstart.cli.template_flags import TemplateFlags
from headstart.cli.tune_flags import AwsFlags, OutcomeFlags, TuneFlags
from headstart.errors import AwsError, ConfigError
from headstart.model.function import MemorySize
from headstart.model.invocation import Event
from headstart.model.tuning import INTERRUPTED, TuneResult

if TYPE_CHECKING:
    from headstart.cli.tune_request import TuneRequest
    from headstart.infra.project import Project
    from headstart.model.journaled import Keep

_STDOUT: Final = "-"
_JOURNAL: Final = "tune.jsonl"
# So many digits of an identity tell the runs of an account apart.
_RUN_DIGITS: Final = 8


async def tune(
    path: Annotated[
        Path | None,
        Argument(
            metavar="PATH",
            help="The function: its folder, its .zip, its headstart.toml, or a template with --function.",
            show_default=False,
        ),
    ] = None,
    *,
    open_lab: OpenLab,
    template: TemplateFlags,
    function: FunctionFlags,
    flags: TuneFlags,
) -> int:
    """Find the memory size that is cheapest, fastest or in between, from a few invocations at a few sizes."""
    from headstart.cli import applying  # noqa: PLC0415  (what --help need not wait for)
    from headstart.cli.tune_request import requested  # noqa: PLC0415
    from headstart.report.journal import kept  # noqa: PLC0415

    if flags.on_aws.cleanup:
        return await _clean_up(flags.on_aws, region=function.region)
    _require_places(flags.outcome)
    request = await requested(path, flags, region=function.region)
    if request.function:
        _require_no_other(function, template, name=request.function)
    project = None if request.function else request.project(function, template)
    if request.applies:
        applying.require_place(request, project)
    output.notes((*request.said, *(project.said if project else ())))
    with kept(flags.outcome.output / _JOURNAL) as keep:
        if project:
            result, fault = await _tuned_here(project, request, open_lab=open_lab, keep=keep), None
        else:
            result, fault = await _tuned_on_aws(request, publishes=flags.on_aws.publish, keep=keep)
    stream = _give(result, flags.outcome, has_stats=request.has_stats)
    if fault is not None:
        raise fault
    if result.ended == INTERRUPTED:
        output.note(f"interrupted; every invocation is in {flags.outcome.output / _JOURNAL}")
        return ExitCode.INTERRUPTED
    if request.applies:
        await _put_into_use(result, request, project=project, stream=stream)
    objections = tuple(_objections(result, allowed=request.options.allowed_errors))
    output.notes(objections)
    return ExitCode.FINDING if objections else ExitCode.OK


async def _tuned_here(project: "Project", request: "TuneRequest", *, open_lab: OpenLab, keep: "Keep") -> TuneResult:
    from headstart.engine.clock import SystemClock  # noqa: PLC0415  (as above)
    from headstart.tuning import tune as search  # noqa: PLC0415

    shown = progress.to(sys.stderr, ticks_ns=SystemClock().ticks_ns)
    async with open_lab(shown) as lab:
        return await search(lab, project, options=request.options, keep=keep, progress=shown)


async def _tuned_on_aws(request: "TuneRequest", *, publishes: bool, keep: "Keep") -> tuple[TuneResult, AwsError | None]:
    """What was found; and where not everything could be removed after that, the error that says so."""
    from headstart.aws.tuned import tuned  # noqa: PLC0415  (as above)
    from headstart.engine.clock import SystemClock  # noqa: PLC0415
    from headstart.tuning import tune_deployed  # noqa: PLC0415

    assert request.function is not None
    if request.events is None:
        output.note("event: {}, because none was given")
    clock = SystemClock()
    shown = progress.to(sys.stderr, ticks_ns=clock.ticks_ns)
    opened = tuned(request.function, run_id=_run_id(), now_s=clock.now_s, publishes=publishes, region=request.region)
    result: TuneResult | None = None
    try:
        async with opened as target:
            found = await tune_deployed(
                target.invoker,
                request.events or (Event(b"{}", name="empty"),),
                options=request.options,
                traffic=request.traffic,
                keep=keep,
                progress=shown,
            )
            function = msgspec.structs.replace(target.function, events=found.function.events)
            doubts = (*found.caveats, *target.caveats())
            result = msgspec.structs.replace(found, function=function, caveats=doubts)
    except AwsError as error:
        if result is None:
            raise
        return result, error
    return result, None


def _run_id() -> str:
    from headstart.engine.clock import SystemClock  # noqa: PLC0415  (as above)

    return SystemClock().new_id()[:_RUN_DIGITS]


async def _clean_up(flags: AwsFlags, *, region: str | None) -> int:
    if flags.aws is None:
        raise ConfigError("--cleanup needs the function that was tuned", hint="headstart tune --aws FUNCTION --cleanup")
    from headstart.aws import leftovers  # noqa: PLC0415  (as above)

    done = await leftovers.remove(flags.aws, region=region)
    for line in done or (f"nothing that tuning made is left of {flags.aws}",):
        output.say(sys.stdout, line)
    return ExitCode.OK


def _require_no_other(function: FunctionFlags, template: TemplateFlags, *, name: str) -> None:
    """What a function on AWS is, AWS says."""
    given = [*_changed(msgspec.structs.replace(function, region=None)), *_changed(template)]
    if given:
        raise ConfigError(
            f"{', '.join(given)}: only for a function on this machine; {name} is as AWS has it", hint="leave it out"
        )


def _changed(flags: msgspec.Struct) -> Iterator[str]:
    for field in msgspec.structs.fields(flags):
        if getattr(flags, field.name) not in (None, []):
            yield field.name.removesuffix("_mb").removesuffix("_s").replace("_", " ")


def _require_places(flags: OutcomeFlags) -> None:
    """Refuse now what could not be written after the measurements."""
    from headstart.report.write import require_place, require_writable  # noqa: PLC0415  (as above)

    require_writable(flags.output)
    files = {"--json": flags.json, "--power-tuning-output": flags.power_tuning_output}
    if flags.json is not None and flags.json == flags.power_tuning_output:
        raise ConfigError(f"{' and '.join(files)} are both {flags.json}; needed: two places", hint="--json FILE")
    for flag, file in files.items():
        if file not in (None, _STDOUT):
            require_place(Path(file), flag=flag)


def _give(result: TuneResult, flags: OutcomeFlags, *, has_stats: bool) -> TextIO:
    """Write and show everything; where to say the rest."""
    from headstart.cli.screen import show  # noqa: PLC0415  (as above)
    from headstart.report import power_tuning, tune_as_json, tune_as_text  # noqa: PLC0415
    from headstart.report.write import write_file, write_tuning  # noqa: PLC0415

    report, _ = write_tuning(result, flags.output)
    documents = {
        flags.json: tune_as_json.encode(result),
        flags.power_tuning_output: power_tuning.encode(result, has_stats=has_stats),
    }
    for place, document in documents.items():
        if place == _STDOUT:
            output.write(sys.stdout, document)
        elif place is not None:
            write_file(Path(place), document)
    stream = sys.stderr if _STDOUT in documents else sys.stdout
    if stream is sys.stdout:
        show(stream, tune_as_text.render(result))
    output.say(stream, f"\nReport: {report}")
    return stream


async def _put_into_use(
    result: TuneResult, request: "TuneRequest", *, project: "Project | None", stream: TextIO
) -> None:
    """Where a size is recommended."""
    from headstart.cli import applying  # noqa: PLC0415  (as above)
    from headstart.report.tune_words import recommended_mb  # noqa: PLC0415

    if (mb := recommended_mb(result)) is None:
        return
    if project:
        applying.to_project(request, project, memory=MemorySize(mb), stream=stream)
    else:
        await applying.to_aws(request, memory=MemorySize(mb), run_id=_run_id(), stream=stream)


def _objections(result: TuneResult, *, allowed: frozenset[str]) -> Iterator[str]:
    """A sentence for each reason to say no."""
    from headstart.report import tune_words  # noqa: PLC0415  (as above)

    if tune_words.recommended_mb(result) is None:
        yield tune_words.verdict(result)
    for size in result.sizes:
        if size.is_usable and size.outcomes.keys() - {"succeeded", *allowed}:
            yield f"the function failed: {size.memory_mb:,} MB: {tune_words.outcomes(size)}"
