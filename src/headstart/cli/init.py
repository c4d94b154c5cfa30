"""``headstart init``: writes headstart.toml, and the events that are missing."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import output
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import FunctionFlags, ProjectPath, overrides
from headstart.cli.proposed_events import write_events
from headstart.cli.template_flags import TemplateFlags
from headstart.errors import RequestError
from headstart.infra import config_file, config_text, settings
from headstart.infra.settings import Settings, TemplateTable
from headstart.report.write import write_file


class InitFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How to write."""

    force: Annotated[bool, Option("--force", help="Write over a headstart.toml; what it says is kept.")] = False
    events: Annotated[
        bool,
        Option("--events", help="Write an event for each route, action and event source that none of yours reaches."),
    ] = False


def init(path: ProjectPath, *, template: TemplateFlags, function: FunctionFlags, flags: InitFlags) -> int:
    """Write headstart.toml beside the code, with every key and comments; with --events the events that are missing."""
    target = (path if path.is_dir() else path.parent) / config_file.FILE_NAME
    given = overrides(function, template)
    if flags.events:
        write_events(config_file.resolve(path, given), path)
        if config_file.is_template(path) or (target.exists() and not flags.force):
            return ExitCode.OK
    _refuse_template(path, target)
    if target.exists() and not flags.force:
        raise RequestError(f"{target} is there already; it is not overwritten", hint=f"headstart init {path} --force")
    project = config_file.resolve(path, given)
    said = settings.read(target) if target.is_file() else Settings()
    text = config_text.render(project, folder=target.parent, kept=said)
    try:
        write_file(target, text.encode())
    except RequestError as error:
        raise RequestError(error.message, hint=f"chmod u+w {target.parent}") from error
    output.notes(project.said)
    output.say(sys.stdout, f"{target} is written. Read it, then: headstart check {path}")
    return ExitCode.OK


def _refuse_template(path: Path, target: Path) -> None:
    """What a template says is not to be said a second time, in a file that wins over it."""
    has_one = target.is_file() and settings.read(target).template != TemplateTable()
    if config_file.is_template(path) or has_one:
        raise RequestError(
            f"{path}: the settings are in a template, which is read each time; they are not written out",
            hint=f"headstart check {path}",
        )
