"""``headstart init``: writes headstart.toml."""

import sys
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import files, output
from headstart.cli.options import FunctionFlags, ProjectPath, overrides
from headstart.errors import RequestError
from headstart.infra import config_file, config_text


class InitFlags(msgspec.Struct, frozen=True, kw_only=True):
    """Flags of init alone."""

    force: Annotated[bool, Option("--force", help="Write over a headstart.toml; what it says is kept.")] = False


async def init(path: ProjectPath, *, function: FunctionFlags, flags: InitFlags) -> int:
    """Write headstart.toml beside the code, with every key and comments."""
    target = (path if path.is_dir() else path.parent) / config_file.FILE_NAME
    if target.exists() and not flags.force:
        raise RequestError(f"{target} is there already; it is not overwritten", hint=f"headstart init {path} --force")
    project = config_file.resolve(path, overrides(function))
    text = config_text.render(project, folder=target.parent)
    files.replace(target, text.encode(), hint="chmod u+w the folder, or copy the code to one of yours")
    for sentence in project.said:
        output.note(sentence)
    output.say(sys.stdout, f"{target} is written. Read it, then: headstart check {path}")
    return 0
