"""What restores answer, set beside what an environment by itself answers to the same events."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from headstart.model import tally
from headstart.model.invocation import InvocationReport, OutOfMemory, Succeeded, TimedOut
from headstart.model.snapstart import Concern, SnapshotFinding, SnapshotRun

_WHOLE: Final = "the answer"
_SHOWN: Final = 5
_FAILURE_LETTERS: Final = 160
_TELLING_LETTERS: Final = 8


def events(run: SnapshotRun, alone: SnapshotRun) -> Iterator[SnapshotFinding]:
    """Events that an environment by itself handles and a restored one does not.

    What the fork may be the reason for is only worth knowing: a restore that waits for a thread, or that has not enough
    memory beside the process that it was forked from.
    """
    has_threads = run.snapshot is not None and bool(run.snapshot.own_threads)
    by_fork = (OutOfMemory, TimedOut) if has_threads else OutOfMemory
    for number, usual in enumerate(alone.alone):
        served = _served(run, number)
        failed = [report for report in served if not report.succeeded]
        if usual.succeeded and failed:
            yield SnapshotFinding(
                concern=Concern.EVENT,
                is_unsafe=not all(isinstance(report.outcome, by_fork) for report in failed),
                name=usual.event_name,
                evidence=f"{_in_short(failed)} in {_restores(len(served))}; an environment by itself handles it",
                remedy="see what the other findings say that it needs: a connection, a file or a thread",
            )


def answers(run: SnapshotRun, alone: SnapshotRun) -> Iterator[SnapshotFinding]:
    """Parts of answers that restores give alike, and an environment by itself otherwise."""
    for number, usual in enumerate(alone.alone):
        restored = [_parts(report) for report in _served(run, number)]
        if len(restored) < 2 or not all(restored):
            continue
        own, (first, *others) = _parts(usual), restored
        alike = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
        names = [name for name, value in alike.items() if name in own and own[name] != value and _tells(value)]
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield SnapshotFinding(
                concern=Concern.ANSWER,
                is_unsafe=True,
                name=f"{usual.event_name}: {', '.join(names[:_SHOWN])}{more}",
                evidence=f"{len(restored)} restores answered the same, an environment by itself answered another",
                remedy="see what the other findings say that is answered: a unique value, a random number or a time",
            )


def _tells(value: Any) -> bool:
    """Whether two such values are hardly alike by chance: figures of times and sizes often are."""
    return not isinstance(value, bool) and value is not None and len(str(value)) >= _TELLING_LETTERS


def _restores(number: int) -> str:
    return "1 restore" if number == 1 else f"{number} restores"


def _in_short(failed: Sequence[InvocationReport]) -> str:
    return textwrap.shorten(tally.failures(failed)[0], _FAILURE_LETTERS, placeholder=" …")


def _served(run: SnapshotRun, number: int) -> list[InvocationReport]:
    return [restore.reports[number] for restore in run.restores if number < len(restore.reports)]


def _parts(report: InvocationReport) -> dict[str, Any]:
    """The leaves of a JSON answer by path, those of JSON inside texts too; nothing where it failed."""
    if not isinstance(report.outcome, Succeeded):
        return {}
    try:
        return dict(_leaves(msgspec.json.decode(report.outcome.payload), ""))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {_WHOLE: report.outcome.payload}


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            yield name or _WHOLE, value
            return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{name}[{number}]")
    else:
        yield name or _WHOLE, value
