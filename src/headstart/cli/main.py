"""The door: runs one command and turns whatever it raises into text, a hint and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headstart.cli import output, version
from headstart.cli.exit_codes import ExitCode
from headstart.errors import HeadstartError, RequestError

if TYPE_CHECKING:
    from headstart.cli.options import OpenLab

_DEBUG_VARIABLE = "HEADSTART_DEBUG"
_DEBUG_HINT = f"{_DEBUG_VARIABLE}=1 before the same command shows where it happened"
_REPORT_HINT = f"this is a fault of Headstart's: please report it to its maintainers; {_DEBUG_HINT}"


def run() -> None:
    """The program ``headstart``."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str], *, open_lab: "OpenLab | None" = None) -> int:
    """Run the command that ``arguments`` ask for and return its exit code; without ``open_lab``, on this machine."""
    if list(arguments) == ["--version"]:
        output.say(sys.stdout, version.text())
        return ExitCode.OK
    try:
        # Typer and the lab take several times as long to import as a version takes to say, and may be interrupted.
        from headstart.cli import app  # noqa: PLC0415

        return app.run(arguments, open_lab=open_lab or app.this_machine)
    except KeyboardInterrupt:
        output.note("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:
        _explain(error)
        return ExitCode.REQUEST if isinstance(error, RequestError) else ExitCode.FAULT


def _explain(error: Exception) -> None:
    if os.environ.get(_DEBUG_VARIABLE, "0") not in ("", "0"):
        output.say(sys.stderr, "".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, HeadstartError):
        message, hint = error.message, error.hint
        if not isinstance(error, RequestError):
            hint = f"{hint}; {_DEBUG_HINT}" if hint else _DEBUG_HINT
    else:
        message, hint = f"unexpected {type(error).__name__}: {error}", _REPORT_HINT
    output.note(message)
    if hint:
        output.say(sys.stderr, f"{'hint: ':>{len(output.PREFIX)}}{hint}")
