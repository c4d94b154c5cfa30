"""Puts the memory size that was recommended into use, or shows what that would change."""

from typing import TextIO

from headstart.audit.fix import apply, plan
from headstart.cli import output
from headstart.cli.tune_request import TuneRequest
from headstart.errors import ConfigError
from headstart.infra import memory_setting
from headstart.infra.project import Project
from headstart.model.fix import FixPlan
from headstart.model.function import MemorySize
from headstart.report import fix_as_diff


def require_place(request: TuneRequest, project: Project | None) -> None:
    """Refuse now what could not be applied after the measurements.

    Raises:
        ConfigError: nothing on this machine says the memory size of ``project``, or no alias is named on AWS.
        EditError: the file that says it cannot be edited.
    """
    if project is not None and request.path is not None:
        plan.changed([memory_setting.edit(request.path, project, memory=project.spec.memory)])
        return
    from headstart.aws import names  # noqa: PLC0415  (only with a function on AWS)

    if request.function and not (request.alias or names.parse(request.function).qualifier):
        raise ConfigError(
            f"--apply needs the alias of {request.function} to move; $LATEST is changed only where you say so",
            hint="--apply --alias prod, or --apply --alias '$LATEST'",
        )


def to_project(request: TuneRequest, project: Project, *, memory: MemorySize, stream: TextIO) -> None:
    """Show as a diff what makes ``memory`` the size of ``project``, and unless it is a dry run write it.

    Raises:
        EditError: the file cannot be edited, or has changed since.
    """
    assert request.path is not None
    changes = plan.changed([memory_setting.edit(request.path, project, memory=memory)])
    output.write(stream, fix_as_diff.diff(FixPlan(changes=changes)).encode())
    if request.is_dry_run:
        output.note("nothing was written: --apply without --dry-run does that")
    else:
        apply.write(changes)
        output.notes(f"{change.file} says {memory.mb:,} MB now" for change in changes)


async def to_aws(request: TuneRequest, *, memory: MemorySize, run_id: str, stream: TextIO) -> None:
    """Publish a version with ``memory`` and move the alias to it; show before and after.

    Raises:
        AwsError: AWS refused.
        InvalidValueError: there is no alias to move.
    """
    from headstart.aws.apply import apply as moved  # noqa: PLC0415  (only with a function on AWS)

    assert request.function is not None
    move = await moved(
        request.function,
        memory,
        run_id=run_id,
        alias=request.alias,
        region=request.region,
        is_dry_run=request.is_dry_run,
    )
    before = "is not there" if move.before_memory_mb is None else f"has {move.before_memory_mb:,} MB"
    version = f" (version {move.before_version})" if move.before_version else ""
    after = f"version {move.version}" if move.version else "a new version"
    output.say(stream, f"alias {move.alias} of {move.function} {before}{version} → {memory.mb:,} MB ({after})")
    if request.is_dry_run:
        output.note("nothing was changed: --apply without --dry-run does that")
