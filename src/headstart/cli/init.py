"""``headstart init``: writes headstart.toml."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import output
from headstart.cli.exit_codes import ExitCode
from headstart.cli.options import FunctionFlags, ProjectPath, overrides
from headstart.errors import RequestError
from headstart.infra import config_file, config_text, settings
from headstart.infra.settings import Settings, TemplateTable
from headstart.report.write import write_file


class InitFlags(msgspec.Struct, frozen=True, kw_only=True):
    """How to write."""

    force: Annotated[bool, Option("--force", help="Write over a headstart.toml; what it says is kept.")] = False


def init(path: ProjectPath, *, function: FunctionFlags, flags: InitFlags) -> int:
    """Write headstart.toml beside the code, with every key and comments."""
    target = (path if path.is_dir() else path.parent) / config_file.FILE_NAME
    _refuse_template(path, target)
    if target.exists() and not flags.force:
        raise RequestError(f"{target} is there already; it is not overwritten", hint=f"headstart init {path} --force")
    project = config_file.resolve(path, overrides(function))
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
