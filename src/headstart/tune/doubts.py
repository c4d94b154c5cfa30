"""What limits how far the figures of a search can be trusted."""

from collections.abc import Iterator, Sequence

from headstart.model import tally
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import InvocationReport
from headstart.model.tuning import Goal
from headstart.tune.analysis import Analysis
from headstart.tune.seen import is_answered
from headstart.tune.sizes import is_measurable

# From so many values on the highest but one per cent of them is a value.
_FOR_P99 = 100


def doubts_of(analysis: Analysis, reports: Sequence[InvocationReport]) -> tuple[Caveat, ...]:
    """Those of the whole result: of the machine, of failures, of few invocations, and of what is a model."""
    succeeded = [report for report in reports if report.succeeded]
    return tally.distinct(tally.caveats_of(succeeded), _doubts(analysis, reports))


def predicted(analysis: Analysis, mb: int) -> tuple[Caveat, ...]:
    """Those of a size that was not run."""
    cpus = analysis.subject.options.cpus
    if is_measurable(mb, cpus):
        return (Caveat(CaveatCode.MODEL),)
    return (Caveat(CaveatCode.MODEL, f"{mb} MB has more vCPUs than this machine ({cpus})"),)


def _doubts(analysis: Analysis, reports: Sequence[InvocationReport]) -> Iterator[Caveat]:
    subject = analysis.subject
    options = subject.options
    failed = [report for report in reports if not is_answered(report, options.allowed_errors)]
    if failed:
        kinds = "; ".join(tally.failures(failed))
        yield Caveat(CaveatCode.FAILURES_LEFT_OUT, f"{len(failed)} of {len(reports)}: {kinds}")
    counts = [len(analysis.sizes[mb].tuned) for mb in analysis.measured_mb]
    if counts and min(counts) < 10:
        many = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{counts[0]}"
        yield Caveat(CaveatCode.FEW_INVOCATIONS, f"n = {many}")
    unsent = {event.name for event in subject.events if event.weight > 0} - {report.event_name for report in reports}
    if unsent and reports:
        yield Caveat(CaveatCode.FEW_INVOCATIONS, f"events not sent: {', '.join(sorted(unsent))}")
    if options.objective.goal is Goal.SLO and analysis.tail.n < _FOR_P99:
        ratio = f"{analysis.tail.ratio:.2f} x the typical duration, from {analysis.tail.n} invocations at all sizes"
        yield Caveat(CaveatCode.MODEL, f"p99 is {ratio}")
    beyond = [memory.mb for memory in options.sizes or () if not is_measurable(memory.mb, options.cpus)]
    if beyond:
        sizes = ", ".join(map(str, sorted(beyond)))
        yield Caveat(CaveatCode.MODEL, f"{sizes} MB have more vCPUs than this machine ({options.cpus}): predicted")
