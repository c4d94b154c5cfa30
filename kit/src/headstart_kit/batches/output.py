"""The two ways out of a batch run, results and dead letters, whatever kind of sink each of them has."""

from __future__ import annotations

from headstart_kit.batches.json_codec import Codec, encode_line
from headstart_kit.batches.rejects import Fault
from headstart_kit.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from headstart_kit.batches.declaration import Target
    from headstart_kit.batches.protocols import Record, Sink, Writer

    Encoded: TypeAlias = tuple[list[Record], bytes, list[tuple[int, Fault]]]
    """The results to write; their text, where the sink takes text; the number of each other result that is no JSON, and
    why."""
    Output: TypeAlias = "TextOutput | RecordOutput"


def output_of(target: Target | None, state: dict[str, Any] | None) -> Output:
    """The way into ``target``, from where ``suspend`` told ``state``; None where it was not yet opened.

    Raises:
        SourceError: ``state`` is of another sink, or what it needs is gone.
    """
    if target is None or callable(target):
        if state is not None:
            raise SourceError(f"the resume token wrote to {state['name']}; here is no such sink")
        return RecordOutput(target)
    return TextOutput(target, state)


class TextOutput:
    """Into a sink of lines, opened at the first write."""

    __slots__ = ("_codec", "_sink", "_writer")

    def __init__(self, sink: Sink, state: dict[str, Any] | None) -> None:
        self._sink = sink
        self._codec = Codec()
        self._writer: Writer | None = None
        if state is not None:
            if state["name"] != sink.name:
                raise SourceError(f"the resume token wrote to {state['name']}; this is {sink.name}")
            self._writer = sink.open(state["state"])

    def begin(self) -> None:
        """Open the sink, so that there is a result even where nothing is written."""
        if self._writer is None:
            self._writer = self._sink.open()

    def encode(self, results: list[Any]) -> Encoded:
        """What to write of the results, which are None where there is nothing."""
        kept = [result for result in results if result is not None]
        try:
            return kept, self._codec.encode(kept) if kept else b"", []
        except Exception:  # what it is, and of which record, is found out one by one
            return _encode_each(results)

    def write(self, records: list[Record], text: bytes) -> None:
        """Hand on what ``encode`` returned."""
        if records:
            self.begin()
            self._opened.write(text)

    @property
    def held_bytes(self) -> int:
        """What is in memory of what was written."""
        return 0 if self._writer is None else self._writer.held_bytes

    @property
    def _opened(self) -> Writer:
        if self._writer is None:
            raise SourceError(f"{self._sink.name} is not open")
        return self._writer

    def suspend(self) -> dict[str, Any] | None:
        """Make safe what was written."""
        return None if self._writer is None else {"name": self._sink.name, "state": self._writer.suspend()}

    def finish(self) -> None:
        """Let the result appear."""
        if self._writer is not None:
            self._writer.finish()

    def abandon(self) -> None:
        """Leave nothing of this run."""
        if self._writer is not None:
            self._writer.abandon()

    def give_up(self) -> None:
        """Leave nothing of any run."""
        if self._writer is not None:
            self._writer.give_up()


class RecordOutput:
    """Into a function that takes records, or nowhere."""

    __slots__ = ("_take",)

    def __init__(self, take: Callable[[list[Record]], object] | None) -> None:
        self._take = take

    def begin(self) -> None:
        """Nothing to open."""

    def encode(self, results: list[Any]) -> Encoded:
        """The results that there are."""
        return [result for result in results if result is not None], b"", []

    def write(self, records: list[Record], _text: bytes) -> None:
        """Hand on the records."""
        if records and self._take is not None:
            self._take(records)

    @property
    def held_bytes(self) -> int:
        """Nothing is kept."""
        return 0

    def suspend(self) -> None:
        """What was handed on is out of reach."""

    def finish(self) -> None:
        """As ``suspend``."""

    def abandon(self) -> None:
        """As ``suspend``."""

    def give_up(self) -> None:
        """As ``suspend``."""


def _encode_each(results: list[Any]) -> Encoded:
    kept: list[Record] = []
    lines: list[bytes] = []
    refused: list[tuple[int, Fault]] = []
    for number, result in enumerate(results):
        if result is None:
            continue
        try:
            lines.append(encode_line(result))
            kept.append(result)
        except Exception as error:  # whatever it is, it is the record's
            refused.append((number, Fault(error)))
    return kept, b"".join(lines), refused
