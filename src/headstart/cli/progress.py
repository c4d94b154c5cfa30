"""Where long work is, on stderr: a live display on a terminal, else a line for each stage.

Nothing here has a thread or a timer: what is shown changes only when a stage does, so no measurement is disturbed.
"""

from collections.abc import Callable
from typing import Final, TextIO

from rich import progress
from rich.console import Console

from headstart.cli import output
from headstart.model.progress import Progress

_REFRESH_NS: Final = 100_000_000


def to(stream: TextIO, *, ticks_ns: Callable[[], int]) -> Progress:
    """The progress display that suits ``stream``; ``ticks_ns`` is a steady clock."""
    console = Console(file=stream)
    return (
        TerminalProgress(console, ticks_ns) if console.is_terminal and not console.is_dumb_terminal else Lines(stream)
    )


class Lines:
    """Says each stage when it begins."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def start(self, stage: str, total: int | None = None) -> None:
        """Say so."""
        output.say(self._stream, f"{output.PREFIX}{stage} ({total}) …" if total else f"{output.PREFIX}{stage} …")

    def advance(self, stage: str, steps: int = 1) -> None:
        """Nothing: a line for each step would be too many."""

    def finish(self, stage: str) -> None:
        """Nothing: the next stage says it."""


class TerminalProgress:
    """Shows the stages under way, each with a bar and its time; gone from the screen when none is left."""

    def __init__(self, console: Console, ticks_ns: Callable[[], int]) -> None:
        self._console = console
        self._ticks_ns = ticks_ns
        self._stages: dict[str, progress.TaskID] = {}
        self._display: progress.Progress | None = None
        self._refreshed_ns = 0

    def start(self, stage: str, total: int | None = None) -> None:
        """Show ``stage``."""
        if self._display is None:
            self._display = self._open()
        self._stages[stage] = self._display.add_task(stage, total=total)
        self._refresh()

    def advance(self, stage: str, steps: int = 1) -> None:
        """Move the bar of ``stage``; seen at most ten times a second."""
        if self._display is not None:
            self._display.advance(self._stages[stage], steps)
            if self._ticks_ns() - self._refreshed_ns >= _REFRESH_NS:
                self._refresh()

    def finish(self, stage: str) -> None:
        """Take ``stage`` off the screen."""
        if self._display is None:
            return
        self._display.remove_task(self._stages.pop(stage))
        if self._stages:
            self._refresh()
        else:
            self._display.stop()
            self._display = None

    def _open(self) -> progress.Progress:
        display = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_time=lambda: self._ticks_ns() / 1e9,
        )
        display.start()
        return display

    def _refresh(self) -> None:
        if self._display is not None:
            self._display.refresh()
            self._refreshed_ns = self._ticks_ns()
