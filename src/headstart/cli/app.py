"""The command line as Typer sees it. It only parses: a command is run after Typer is done.

A command is the function ``check`` of the module ``cli/check.py``, ``async`` where it waits for something. Only the one
that is asked for is imported: what others need takes several times as long to load as Typer.
"""

import importlib
import inspect
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from headstart.cli import output, version
from headstart.cli.exit_codes import ExitCode
from headstart.cli.spread import Command, spread
from headstart.errors import ConfigError

if TYPE_CHECKING:
    from headstart.cli.options import OpenLab
    from headstart.lab import Lab
    from headstart.model.progress import Progress

COMMANDS: Final = ("check", "invoke", "tune", "bundle", "prove", "audit", "fix", "synth", "init", "services")
_HELP: Final = "--help"


def this_machine(progress: "Progress") -> "Lab":
    """The lab that runs functions for real."""
    from headstart.lab import Lab  # noqa: PLC0415  (see the module's docstring)

    return Lab(progress)


def run(arguments: Sequence[str], *, open_lab: "OpenLab") -> int:
    """Run the command that ``arguments`` ask for and return its exit code.

    Raises:
        ConfigError: the command line cannot be understood.
        KeyboardInterrupt: Ctrl-C or SIGTERM; what was under way has ended.
    """
    try:
        own, beside = _split(arguments)
        command = typer.main.get_group(build_app(_asked(own), open_lab=open_lab, beside=beside))
        if _HELP in own:
            return _help(command, own)
        parsed = command.main(own, prog_name="headstart", standalone_mode=False)
    except typer.BadParameter as error:
        raise _wrong_value(error) from error
    except typer.TyperException as error:
        context: typer.Context | None = getattr(error, "ctx", None)
        hint = f"{context.command_path if context else 'headstart'} --help"
        raise ConfigError(error.format_message(), hint=hint) from error
    if isinstance(parsed, int):  # after --version there is an exit code and nothing to run
        return parsed
    work = parsed()
    if isinstance(work, int):
        return work
    from headstart.cli import event_loop  # noqa: PLC0415  (see the module's docstring)

    return event_loop.run(work)


def build_app(commands: Sequence[str], *, open_lab: "OpenLab", beside: Sequence[str] = ()) -> typer.Typer:
    """The app with ``commands``, the lab that they open, and the command that ``services`` runs."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_headstart)
    for name in commands:
        command: Command = getattr(importlib.import_module(f"headstart.cli.{name}"), name)
        wanted = inspect.signature(command).parameters
        bound = {key: value for key, value in (("open_lab", open_lab), ("beside", beside)) if key in wanted}
        app.command(name)(spread(command, **bound))
    return app


def _asked(own: Sequence[str]) -> Sequence[str]:
    """The command that ``own`` begins with; all, to show them or to name one that is near, when that is none."""
    return own[:1] if own and own[0] in COMMANDS else COMMANDS


def _help(command: typer.core.TyperGroup, own: Sequence[str]) -> int:
    """Show the help of what ``own`` begins with, without Typer's parser, which loads what takes as long again."""
    context = typer.Context(command, info_name="headstart")
    if own[0] in COMMANDS:
        context = typer.Context(command.commands[own[0]], info_name=own[0], parent=context)
    typer.echo(context.get_help())
    return ExitCode.OK


def _headstart(
    context: typer.Context,
    version_asked: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """A performance lab for AWS Lambda functions in Python, on your own machine."""
    if version_asked:
        output.say(sys.stdout, version.text())
        raise typer.Exit(ExitCode.OK)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.REQUEST)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our own words, and those of the command after ``services … --``, which Typer could not tell apart."""
    own = list(arguments)
    if own[:1] != ["services"] or "--" not in own:
        return own, []
    place = own.index("--")
    return own[:place], own[place + 1 :]


def _wrong_value(error: typer.BadParameter) -> ConfigError:
    """The flag or argument, what ``cli.parse`` says of its text (nothing when it is missing), and what it takes."""
    if error.param is None:
        return ConfigError(error.format_message())
    name = error.param.get_error_hint().strip("'")
    return ConfigError(f"{name} {error.message or 'is missing'}", hint=f"{name}: {getattr(error.param, 'help', '')}")
