"""What a change of a function saves: environments of both packages in turn, compared pair by pair."""

from collections.abc import Iterable, Sequence
from typing import Final

from headstart.model.gain import Gain, environments, of_pairs
from headstart.model.invocation import InvocationReport
from headstart.model.sample import median

COLD: Final = "init and first invocation"
WARM: Final = "warm invocation"
_CPU: Final = " in CPU time"


def gains(old: Sequence[InvocationReport], new: Sequence[InvocationReport]) -> tuple[Gain, ...]:
    """The figures of two runs in the same order of events: those of each environment of ``old`` beside those of the one
    of ``new`` that was made after it.
    """
    pairs = [*zip(environments(old), environments(new), strict=False)]
    cold = [(a[0], b[0]) for a, b in pairs if a[0].init and b[0].init]
    warm = [(a[1:], b[1:]) for a, b in pairs if a[1:] and b[1:]]
    found = [
        of_pairs(COLD, [(_first_ms(a), _first_ms(b)) for a, b in cold]),
        of_pairs(COLD + _CPU, [(_first_cpu_ms(a), _first_cpu_ms(b)) for a, b in cold]),
        of_pairs(WARM, [(_median(r.duration_ms for r in a), _median(r.duration_ms for r in b)) for a, b in warm]),
        of_pairs(WARM + _CPU, [(_median(r.cpu_ms for r in a), _median(r.cpu_ms for r in b)) for a, b in warm]),
    ]
    return tuple(gain for gain in found if gain is not None)


def saves(found: Sequence[Gain], name: str) -> bool | None:
    """Whether a figure is better beyond noise: True, or False where it is worse; None where neither is plain.

    Where the time itself shows neither, as on a machine with other work, CPU time tells, if both say the same.
    """
    by_name = {gain.name: gain for gain in found}
    time, cpu = by_name.get(name), by_name.get(name + _CPU)
    if time is None or cpu is None:
        return None
    if time.is_plain:
        return time.saved > 0
    return time.saved > 0 if cpu.is_plain and (time.saved > 0) == (cpu.saved > 0) else None


def _first_ms(report: InvocationReport) -> float:
    return report.duration_ms + (report.init.init_ms if report.init else 0.0)


def _first_cpu_ms(report: InvocationReport) -> float:
    return report.cpu_ms + (report.init.cpu_ms if report.init else 0.0)


def _median(values: Iterable[float]) -> float:
    return median([*values])
