"""Gives a result as the flags ask: on the screen, as JSON in a file, or as JSON on stdout and no screen."""

import sys
from pathlib import Path

import msgspec

from headstart.cli import output
from headstart.cli.screen import show
from headstart.report.terminal import Screen
from headstart.report.write import write_file

_STDOUT = "-"


def answer(result: msgspec.Struct, screen: Screen, *, json: str | None) -> None:
    """Give ``result``, in the order of its fields, where ``json`` says, and ``screen`` unless that is stdout."""
    document = msgspec.json.format(msgspec.json.encode(result)) + b"\n"
    if json == _STDOUT:
        output.write(sys.stdout, document)
        return
    show(sys.stdout, screen)
    if json is not None:
        write_file(Path(json), document)
