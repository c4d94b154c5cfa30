"""What all measurements share: the mix of events, and what many invocations have in common."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import Event, FunctionError, InitStatus, InvocationReport, ResponseTooLarge, Succeeded
from headstart.model.progress import Progress


def mix(events: Sequence[Event], count: int) -> list[Event]:
    """``count`` events in proportion to their weights, evenly spread; each at least once where ``count`` allows."""
    total = sum(event.weight for event in events)
    shares = [event.weight / total if total > 0 else 1 / len(events) for event in events]
    sent = [0] * len(events)
    chosen: list[Event] = []
    for step in range(1, count + 1):
        waiting = [i for i in range(len(events)) if not sent[i]] if count >= len(events) else []
        pick = max(waiting or range(len(events)), key=lambda i: shares[i] * step - sent[i])
        sent[pick] += 1
        chosen.append(events[pick])
    return chosen


def outcome_name(report: InvocationReport) -> str:
    """``succeeded``, or AWS's name of the error."""
    return "succeeded" if isinstance(report.outcome, Succeeded) else report.outcome.error_type


def environment_survived(report: InvocationReport) -> bool:
    """Whether the environment can take another event without a new init phase."""
    initialised = report.init is None or report.init.status is InitStatus.SUCCESS
    return initialised and isinstance(report.outcome, Succeeded | FunctionError | ResponseTooLarge)


def failures(reports: Iterable[InvocationReport]) -> tuple[str, ...]:
    """Each kind of failure once, with its message, whatever its request id, and how often; the most frequent first."""
    seen = Counter(_failure(report) for report in reports if not report.succeeded)
    return tuple(f"{text} ({count} x)" for text, count in seen.most_common())


def caveats_of(reports: Sequence[InvocationReport]) -> tuple[Caveat, ...]:
    """The caveats of ``reports``, each code once with how many have it, and INVOCATION_FAILED when some failed."""
    first: dict[CaveatCode, Caveat] = {}
    count: Counter[CaveatCode] = Counter()
    for report in reports:
        for caveat in {caveat.code: caveat for caveat in report.caveats}.values():
            first.setdefault(caveat.code, caveat)
            count[caveat.code] += 1
    found = [_counted(caveat, count=count[code], total=len(reports)) for code, caveat in first.items()]
    failed = sum(not report.succeeded for report in reports)
    if failed:
        found.append(Caveat(CaveatCode.INVOCATION_FAILED, f"{failed} of {len(reports)} invocations failed"))
    return tuple(found)


def distinct(*groups: Iterable[Caveat]) -> tuple[Caveat, ...]:
    """The caveats of all groups in order, each once."""
    return tuple(dict.fromkeys(caveat for group in groups for caveat in group))


@contextmanager
def stage(progress: Progress, name: str, *, total: int | None = None) -> Iterator[None]:
    """A stage of ``progress`` that ends however its body ends."""
    progress.start(name, total)
    try:
        yield
    finally:
        progress.finish(name)


def _failure(report: InvocationReport) -> str:
    outcome = report.outcome
    if isinstance(outcome, FunctionError):
        return f"{outcome.error_type}: {outcome.message}".replace(report.request_id, "…")
    return outcome_name(report)


def _counted(caveat: Caveat, *, count: int, total: int) -> Caveat:
    if count == total:
        return caveat
    seen = f"in {count} of {total} invocations"
    return Caveat(caveat.code, f"{caveat.detail} ({seen})" if caveat.detail else seen)
