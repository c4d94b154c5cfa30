"""The flags that commands share, and the project settings that they make."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from typer import Argument, Option

from headstart.cli.parse import whole
from headstart.cli.template_flags import TemplateFlags, template_table
from headstart.errors import ConfigError
from headstart.infra.config_file import Overrides
from headstart.model import limits
from headstart.model.function import Architecture, LogFormat
from headstart.model.progress import Progress

if TYPE_CHECKING:
    from headstart.lab import Lab

OpenLab = Callable[[Progress], "Lab"]

ProjectPath = Annotated[
    Path,
    Argument(
        metavar="PATH",
        help="The function: its folder, its .zip, its headstart.toml, or a template (or cdk.out) with --function.",
        show_default=False,
    ),
]

EVENT_HELP = "A JSON file, - for stdin, the name of an AWS sample event (s3-put, sqs …), or JSON itself."
_RUNTIME_HELP = f"One of {', '.join((*limits.PYTHON_RUNTIMES, *limits.CUSTOM_RUNTIMES))}."
_MEMORY_HELP = f"Memory size in MB, {limits.MEMORY_MB_MIN} … {limits.MEMORY_MB_MAX}; CPU comes with it."
_TIMEOUT_HELP = f"Timeout in s, {limits.TIMEOUT_S_MIN} … {limits.TIMEOUT_S_MAX}."
_STORAGE_HELP = f"Size of /tmp in MB, {limits.EPHEMERAL_STORAGE_MB_MIN} … {limits.EPHEMERAL_STORAGE_MB_MAX}."


class FunctionFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The function, over what headstart.toml or a template says. The names are those of ``Overrides``."""

    name: Annotated[str | None, Option("--name", help="Function name.")] = None
    handler: Annotated[str | None, Option("--handler", help="Handler, e.g. app.handler.")] = None
    runtime: Annotated[str | None, Option("--runtime", help=_RUNTIME_HELP)] = None
    memory_mb: Annotated[int | None, Option("--memory", metavar="MB", parser=whole, help=_MEMORY_HELP)] = None
    timeout_s: Annotated[int | None, Option("--timeout", metavar="S", parser=whole, help=_TIMEOUT_HELP)] = None
    architecture: Annotated[
        str | None, Option("--architecture", help=f"{' or '.join(Architecture)}: for the price.")
    ] = None
    ephemeral_storage_mb: Annotated[
        int | None, Option("--ephemeral-storage", metavar="MB", parser=whole, help=_STORAGE_HELP)
    ] = None
    environment: Annotated[
        list[str],
        Option("--env", metavar="KEY[=VALUE]", help="Environment variable; without a value, yours. Repeatable."),
    ] = []
    layers: Annotated[
        list[Path], Option("--layer", metavar="PATH", help="Layer, a folder or .zip. Repeatable, in order.")
    ] = []
    requirements: Annotated[
        Path | None, Option("--requirements", metavar="FILE", help="Packages to install beside the code.")
    ] = None
    region: Annotated[str | None, Option("--region", help="For prices, and AWS_REGION in the function.")] = None
    log_format: Annotated[str | None, Option("--log-format", help=f"{' or '.join(LogFormat)}.")] = None
    application_log_level: Annotated[
        str | None, Option("--log-level", metavar="LEVEL", help="With --log-format JSON, the least level kept.")
    ] = None


def overrides(flags: FunctionFlags, template: TemplateFlags | None = None) -> Overrides:
    """The flags as ``infra`` takes them; ``template`` of a command that takes one.

    Raises:
        ConfigError: a variable that is to come from the user's environment and is not there, or as ``template_table``.
        TemplateError: as ``template_table``.
    """
    given = msgspec.structs.asdict(flags)
    given["environment"] = dict(map(_variable, flags.environment))
    given["layers"] = tuple(flags.layers) or None
    return Overrides(**given, template=template_table(template or TemplateFlags()))


def _variable(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if equals:
        return name, value
    if name not in os.environ:
        raise ConfigError(
            f"--env {name} takes the value from your environment, where {name} is not set",
            hint=f"--env {name}=VALUE",
        )
    return name, os.environ[name]
