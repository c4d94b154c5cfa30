"""Puts a rendered result on a stream."""

from typing import TextIO

from headstart.cli import output
from headstart.report.terminal import Screen, open_console


def show(stream: TextIO, screen: Screen) -> None:
    """Print ``screen`` as wide and as colourful as ``stream`` is."""
    console = open_console(stream)
    with console.capture() as capture:
        console.print(screen)
    output.write(stream, capture.get().encode(stream.encoding, "replace"))
