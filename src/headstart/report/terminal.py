"""What makes a screen right on any terminal: bars of characters, and one frame that keeps every stream safe."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, Group, RenderResult
from rich.segment import Segment
from rich.text import Text

PIPED_WIDTH = 100
WIDTH_MAX = 110
# What an ASCII-only stream shows; a character that is not here becomes "?".
_ASCII = str.maketrans(
    {"█": "#", "▓": "=", "▒": "-", "░": ".", "─": "-", "·": "|", "–": "-", "−": "-", "×": "x", "…": "...", "→": "->"}
)
_ASCII_MARGIN = 4
# Dropped, not replaced: Rich counted them as nothing when it laid out the line.
_CONTROL = dict.fromkeys((*range(10), *range(11, 32), 127), None)


class Screen:
    """Lines that are safe to print: at most 110 wide, no control characters, only ASCII where the stream is ASCII."""

    def __init__(self, lines: Iterable[ConsoleRenderable]) -> None:
        self._lines = Group(*lines)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render within the stream's width and alphabet."""
        width = min(options.max_width, WIDTH_MAX)
        ascii_only = options.ascii_only
        narrowed = options.update(width=width - _ASCII_MARGIN if ascii_only else width)
        for text, style, control in console.render(self._lines, narrowed):
            shown = text.translate(_CONTROL)
            yield Segment(_to_ascii(shown) if ascii_only else shown, style, control)


def open_console(stream: TextIO) -> Console:
    """A console on ``stream``: the terminal's width, or 100 plain columns when it is piped."""
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=False, emoji=False)


def bar(parts: Sequence[tuple[float, str, str]], width: int, *, whole: float = 0.0) -> Text:
    """A bar of ``width`` cells, one (value, character, style) after another.

    A part that is more than zero gets a cell at least. With ``whole``, the bar is that long and the rest stays empty.
    """
    total = max(whole, sum(max(value, 0.0) for value, _, _ in parts))
    cells = _cells([value for value, _, _ in parts], total, width=width)
    line = Text(no_wrap=True)
    for (_, character, style), length in zip(parts, cells, strict=True):
        line.append(character * length, style)
    rest = width - sum(cells)
    return line.append("─" * rest, "dim") if whole and rest > 0 else line


def _cells(values: Sequence[float], total: float, *, width: int) -> list[int]:
    if total <= 0:
        return [0] * len(values)
    ends = [round(sum(values[: index + 1]) / total * width) for index in range(len(values))]
    cells = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    for index, value in enumerate(values):
        if value > 0 and cells[index] == 0:
            cells[index] = 1
            widest = cells.index(max(cells))
            cells[widest] -= cells[widest] > 1
    return cells


def _to_ascii(text: str) -> str:
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
