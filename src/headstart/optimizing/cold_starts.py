"""Which events a function answers, and whether a rewritten package answers first ones sooner: cold starts in turn."""

from collections.abc import Sequence
from typing import Final

from headstart.engine.clock import randomness
from headstart.engine.invoker import LocalInvoker
from headstart.errors import EventError
from headstart.measure import cold_start
from headstart.model import tally
from headstart.model.gain import Gain
from headstart.model.invocation import Event, InvocationReport
from headstart.model.journaled import Journaled
from headstart.model.progress import Progress
from headstart.optimize.deferral.gains import gains, is_sooner

# Pairs of cold starts: so many at a time, until it is plain whether the first answer is sooner, or this often.
_PAIRS: Final = 8
MEASURED_MAX: Final = 3
_WARM: Final = 5


async def first_reports(invoker: LocalInvoker, events: Sequence[Event]) -> list[InvocationReport]:
    """What comes of each event in a fresh environment.

    Raises:
        EventError: every event fails.
    """
    reports = [await invoker.invoke(event, fresh=True) for event in events]
    if not any(report.succeeded for report in reports):
        raise EventError(
            f"nothing can be optimised by events that all fail: {'; '.join(tally.failures(reports))}",
            hint="headstart invoke PATH -e EVENT shows why",
        )
    return reports


def answered(events: Sequence[Event], reports: Sequence[InvocationReport]) -> tuple[Event, ...]:
    """Those that did not fail."""
    return tuple(event for event, report in zip(events, reports, strict=True) if report.succeeded)


async def compare(
    invokers: Sequence[LocalInvoker],
    events: Sequence[Event],
    *,
    is_init_waited_for: bool = True,
    times: int = MEASURED_MAX,
    progress: Progress,
) -> tuple[Gain, ...]:
    """What the second of two packages gains, by pairs taken ``times`` where it is not plain before which is sooner;
    both are closed."""
    old: list[InvocationReport] = []
    new: list[InvocationReport] = []
    found: tuple[Gain, ...] = ()
    kept = [Journaled(invoker, side.append) for invoker, side in zip(invokers, (old, new), strict=True)]
    for _ in range(times):
        await cold_start.measure_interleaved(
            kept, events, runs=_PAIRS, warm_per_environment=_WARM, shuffle=randomness(), progress=progress
        )
        found = gains(old, new, is_init_waited_for=is_init_waited_for)
        if is_sooner(found) is not None:
            break
    for invoker in invokers:
        await invoker.close()
    return found
