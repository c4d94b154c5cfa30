"""The command line as Typer sees it. It only parses: a command is a coroutine, run after Typer is done."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from headstart.cli import event_loop, output, version
from headstart.cli.check import check
from headstart.cli.exit_codes import ExitCode
from headstart.cli.init import init
from headstart.cli.invoke import invoke
from headstart.cli.options import OpenLab
from headstart.cli.services import services
from headstart.cli.spread import spread
from headstart.errors import ConfigError
from headstart.lab import Lab
from headstart.model.progress import Progress


def this_machine(progress: Progress) -> Lab:
    """The lab that runs functions for real."""
    return Lab(progress)


def run(arguments: Sequence[str], *, open_lab: OpenLab) -> int:
    """Run the command that ``arguments`` ask for and return its exit code.

    Raises:
        ConfigError: the command line cannot be understood.
        KeyboardInterrupt: Ctrl-C or SIGTERM; what was under way has ended.
    """
    try:
        own, beside = _split(arguments)
        command = typer.main.get_command(build_app(open_lab, beside=beside))
        parsed = command.main(own, prog_name="headstart", standalone_mode=False)
    except typer.BadParameter as error:
        raise _wrong_value(error) from error
    except typer.TyperException as error:
        context: typer.Context | None = getattr(error, "ctx", None)
        hint = f"{context.command_path if context else 'headstart'} --help"
        raise ConfigError(error.format_message(), hint=hint) from error
    # After --help and --version there is an exit code and nothing to run.
    return parsed if isinstance(parsed, int) else event_loop.run(parsed)


def build_app(open_lab: OpenLab, *, beside: Sequence[str] = ()) -> typer.Typer:
    """The commands, with the lab that they open and the command that ``services`` runs."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_headstart)
    app.command("check")(spread(check, open_lab=open_lab))
    app.command("invoke")(spread(invoke, open_lab=open_lab))
    app.command("init")(spread(init))
    app.command("services")(spread(services, beside=beside))
    return app


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
