"""What was seen at each memory size, and which of them cannot be used."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from headstart.model import limits, tally
from headstart.model.caveats import CaveatCode
from headstart.model.cpu_law import required_mb
from headstart.model.invocation import FunctionError, InvocationReport, OutOfMemory, TimedOut
from headstart.tune.subject import Subject

# A size at which none of so many was answered is not tried again.
_ATTEMPTS = 3


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The invocations at one memory size, in order."""

    mb: int
    reports: tuple[InvocationReport, ...]
    answered: tuple[InvocationReport, ...]
    is_cold: bool

    @property
    def warm(self) -> list[InvocationReport]:
        """Those that were answered without an init phase."""
        return [report for report in self.answered if not report.cold]

    @property
    def cold(self) -> list[InvocationReport]:
        """Those that were answered after one in an environment of their own."""
        return [report for report in self.answered if report.init and not report.init.suppressed]

    @property
    def tuned(self) -> list[InvocationReport]:
        """Those that the choice is made by: if there are any, those from which the machine took no CPU."""
        found = self.cold if self.is_cold else self.warm
        return [report for report in found if not _is_contended(report)] or found

    @property
    def tuned_ms(self) -> list[float]:
        """How long these took: their init phase too where cold starts are tuned."""
        return [_waited_ms(report) if self.is_cold else report.duration_ms for report in self.tuned]

    @property
    def outcomes(self) -> dict[str, int]:
        """How many there were of each."""
        return dict(Counter(tally.outcome_name(report) for report in self.reports))

    @property
    def max_memory_mb(self) -> float:
        """The peak of all environments."""
        return max((report.max_memory_mb for report in self.reports), default=0.0)

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether one environment did."""
        return any(isinstance(report.outcome, OutOfMemory) for report in self.reports)

    @property
    def timed_out(self) -> frozenset[str]:
        """The events that timed out."""
        return frozenset(report.event_name for report in self.reports if isinstance(report.outcome, TimedOut))

    @property
    def is_hopeless(self) -> bool:
        """Whether another invocation would tell nothing."""
        gave_up = bool(self.timed_out) or len(self.reports) >= _ATTEMPTS
        return self.ran_out_of_memory or (gave_up and not self.answered)


def _is_contended(report: InvocationReport) -> bool:
    return any(caveat.code is CaveatCode.CONTENDED_HOST for caveat in report.caveats)


def _waited_ms(report: InvocationReport) -> float:
    """Duration, and the init phase where there was one."""
    return report.duration_ms + (report.init.init_ms if report.init else 0.0)


def is_answered(report: InvocationReport, allowed_errors: frozenset[str]) -> bool:
    """Whether the handler answered, if only by an error that is allowed."""
    outcome = report.outcome
    return report.succeeded or (isinstance(outcome, FunctionError) and outcome.error_type in allowed_errors)


def by_size(reports: Iterable[InvocationReport], subject: Subject) -> dict[int, Seen]:
    """What was seen at each size, in order of size."""
    grouped: dict[int, list[InvocationReport]] = {}
    for report in reports:
        grouped.setdefault(report.memory_size_mb, []).append(report)
    allowed = subject.options.allowed_errors
    return {
        mb: Seen(
            mb=mb,
            reports=tuple(found),
            answered=tuple(report for report in found if is_answered(report, allowed)),
            is_cold=subject.options.is_cold,
        )
        for mb, found in sorted(grouped.items())
    }


def least_mb(sizes: Iterable[Seen], *, is_local: bool) -> int:
    """The least memory size that holds what the function was seen to use, and on Lambda Lambda's own processes."""
    used_mb = max((seen.max_memory_mb for seen in sizes if seen.answered), default=0.0)
    return max(required_mb(used_mb), int(used_mb + limits.OWN_PROCESSES_MB) if is_local else 0)


def unusable(sizes: Mapping[int, Seen], *, is_local: bool) -> dict[int, str]:
    """Why a size cannot be used, for those that cannot: out of memory, or nearly so where ``is_local``, too slow for
    the timeout, or never answering.

    A timeout is not for the size where a larger one had it too with the same event.
    """
    reasons: dict[int, str] = {}
    slow_above: frozenset[str] = frozenset()
    short_mb = max((mb for mb, seen in sizes.items() if seen.ran_out_of_memory), default=0)
    for mb, seen in sorted(sizes.items(), reverse=True):
        if mb <= short_mb:
            reasons[mb] = "out of memory" if seen.ran_out_of_memory else f"{short_mb} MB ran out of memory"
        elif is_local and (needed_mb := seen.max_memory_mb + limits.OWN_PROCESSES_MB) > mb:
            reasons[mb] = f"needs about {needed_mb:.0f} MB with Lambda's own processes"
        elif seen.timed_out - slow_above and mb < max(sizes):
            reasons[mb] = "timed out"
        elif not seen.answered and (failure := _commonest_failure(seen)):
            reasons[mb] = failure
        slow_above |= seen.timed_out
    return reasons


def _commonest_failure(seen: Seen) -> str:
    """Empty where there was none."""
    failed = Counter(tally.outcome_name(report) for report in seen.reports if report not in seen.answered)
    return f"never answered: {failed.most_common(1)[0][0]}" if failed else ""
