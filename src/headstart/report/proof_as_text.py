"""A proof by replay as a screen of a terminal: the answer, why, and on what it rests."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import ConsoleRenderable
from rich.padding import Padding
from rich.text import Text

from headstart.model.proof import FieldDifference, ProofResult, Verdict, VolatileField
from headstart.report import figures
from headstart.report.terminal import Screen

_STYLES: Final = {Verdict.SAME: "bold green", Verdict.DIFFERENT: "bold red", Verdict.UNDECIDED: "bold yellow"}
_SHOWN: Final = 5
_VALUE_CELLS: Final = 160


def render(result: ProofResult) -> Screen:
    """The verdict comes first; the first difference is the earliest in the replay."""
    return Screen((*_verdict(result), *_differences(result), *_doubts(result), *_closing(result)))


def headline(result: ProofResult) -> str:
    """Why the verdict is what it is, in one sentence."""
    if result.verdict is Verdict.DIFFERENT:
        first = result.differences[0]
        more = f", and {figures.count(result.differing - 1, 'value')} more" if result.differing > 1 else ""
        return f"{first.field} differs in {first.place}{more}"
    if result.verdict is Verdict.SAME:
        return f"{figures.count(result.compared, 'value')} of {figures.count(result.events, 'event')} are the same"
    unsure = [*result.unseen, *(f"{field.field} is never the same twice" for field in result.volatile if field.decides)]
    return f"nothing differs, but {unsure[0]}"


def _verdict(result: ProofResult) -> Iterator[ConsoleRenderable]:
    yield Text.assemble((result.old_name, "bold"), " → ", (result.new_name, "bold"))
    yield Text.assemble((result.verdict.value, _STYLES[result.verdict]), f": {headline(result)}")


def _differences(result: ProofResult) -> Iterator[ConsoleRenderable]:
    for difference in result.differences[:_SHOWN]:
        yield from _difference(difference)
    if result.differing > _SHOWN:
        yield Text(
            f"and {result.differing - _SHOWN:,} more; --json FILE has the first {len(result.differences)}", "dim"
        )


def _difference(difference: FieldDifference) -> Iterator[ConsoleRenderable]:
    yield Text()
    yield Text.assemble((difference.field, "bold"), f"  {difference.place}")
    for mark, style, value in (("−", "red", difference.old), ("+", "green", difference.new)):
        yield Padding(Text(f"{mark} {_cut(value)}", style), (0, 0, 0, 2))


def _doubts(result: ProofResult) -> Iterator[ConsoleRenderable]:
    decisive = [field for field in result.volatile if field.decides]
    other = [field for field in result.volatile if not field.decides]
    yield from _listed("Not observed", result.unseen)
    yield from _listed("Never the same twice, so not compared", [_volatile(field) for field in decisive])
    yield from _listed("Volatile in the log or in headers, not compared", [_volatile(field) for field in other])
    yield from _listed("Fails in both", result.failing)


def _volatile(field: VolatileField) -> str:
    return f"{field.field}: {' | '.join(map(_cut, field.values))}"


def _listed(heading: str, sentences: Sequence[str]) -> Iterator[ConsoleRenderable]:
    if not sentences:
        return
    yield Text()
    yield Text(heading, "bold underline")
    for sentence in sentences[:_SHOWN]:
        yield Text.assemble(("! ", "bold magenta"), sentence)
    if len(sentences) > _SHOWN:
        yield Text(f"  and {len(sentences) - _SHOWN:,} more", "dim")


def _closing(result: ProofResult) -> Iterator[ConsoleRenderable]:
    seen = ", ".join(result.seen_planted) or "nothing"
    how = (
        f"{figures.count(result.invocations, 'invocation')}: fresh, warm, and in another order; "
        f"a planted side effect was seen in {seen}"
    )
    yield Text()
    yield Text(how, "dim")
    for note in result.notes:
        yield Text(note, "dim")


def _cut(value: str | None) -> str:
    if value is None:
        return "(absent)"
    return value if len(value) <= _VALUE_CELLS else f"{value[: _VALUE_CELLS - 1]}…"
