"""Whether deferral pays: cold starts without and with it in turn, compared pair by pair."""

from collections.abc import Callable, Sequence
from typing import Final

from headstart.model.function import MemorySize
from headstart.model.gain import Gain, environments, of_pairs
from headstart.model.invocation import InitReport, InvocationReport
from headstart.model.sample import median

_FIRST_ANSWER: Final = "init and first invocation"
_FIRST_INVOCATION: Final = "first invocation"
_CPU: Final = "the same by CPU time"
_WARM: Final = "warm invocation"
_Figure = Callable[[InitReport, InvocationReport], float]


def _share(report: InvocationReport) -> float:
    """Of one vCPU, in the invocation; init has all of it."""
    return min(1.0, MemorySize(report.memory_size_mb).vcpu_share)


_INIT: Final[tuple[str, str, _Figure]] = ("init", "ms", lambda init, _: init.init_ms)
_MEMORY: Final[tuple[str, str, _Figure]] = ("memory after init", "MB", lambda init, _: init.memory_mb)
_FIGURES: Final[tuple[tuple[str, str, _Figure], ...]] = (
    _INIT,
    (_FIRST_ANSWER, "ms", lambda init, report: init.init_ms + report.duration_ms),
    (_CPU, "ms", lambda init, report: init.cpu_ms + report.cpu_ms / _share(report)),
    _MEMORY,
)
_FIGURES_AFTER_INIT: Final[tuple[tuple[str, str, _Figure], ...]] = (
    _INIT,
    (_FIRST_INVOCATION, "ms", lambda _, report: report.duration_ms),
    (_CPU, "ms", lambda _, report: report.cpu_ms / _share(report)),
    _MEMORY,
)


def gains(
    old: Sequence[InvocationReport], new: Sequence[InvocationReport], *, is_init_waited_for: bool = True
) -> tuple[Gain, ...]:
    """The figures of two runs in the same order of events: those of each environment of ``old`` beside those of the one
    of ``new`` that was made after it."""
    pairs = [*zip(environments(old), environments(new), strict=False)]
    cold = [(a[0], a[0].init, b[0], b[0].init) for a, b in pairs]
    warm = [(_median_ms(a[1:]), _median_ms(b[1:])) for a, b in pairs if a[1:] and b[1:]]
    found = [
        of_pairs(name, [(figure(a, before), figure(b, after)) for before, a, after, b in cold if a and b], unit=unit)
        for name, unit, figure in (_FIGURES if is_init_waited_for else _FIGURES_AFTER_INIT)
    ]
    return tuple(gain for gain in (*found, of_pairs(_WARM, warm)) if gain is not None)


def _median_ms(reports: Sequence[InvocationReport]) -> float:
    return median([report.duration_ms for report in reports])


def init_gain(found: Sequence[Gain]) -> Gain | None:
    """How much shorter init is."""
    return next((gain for gain in found if gain.name == _INIT[0]), None)


def first_answer(found: Sequence[Gain]) -> Gain | None:
    """How much sooner the first answer is there."""
    return next((gain for gain in found if gain.name in {_FIRST_ANSWER, _FIRST_INVOCATION}), None)


def is_sooner(found: Sequence[Gain]) -> bool | None:
    """Whether the first answer is there sooner, beyond noise; None where that is not plain.

    Where the time itself shows neither, as on a machine with other work, CPU time that is saved tells.
    """
    answer = first_answer(found)
    if answer is None:
        return None
    if answer.is_beyond_noise:
        return answer.low > 0
    return True if saves_cpu(found) and answer.saved > 0 else None


def is_plainly_later(found: Sequence[Gain]) -> bool:
    """Whether the first answer is there later, beyond noise and by more than nobody would notice."""
    answer = first_answer(found)
    return answer is not None and answer.is_plain and answer.saved < 0


def saves_cpu(found: Sequence[Gain]) -> bool:
    """Whether the first answer takes less CPU time, at the share that each phase has, beyond noise."""
    return any(gain.low > 0 for gain in found if gain.name == _CPU)


def slows_down(found: Sequence[Gain]) -> bool:
    """Whether later invocations take longer, beyond noise and by more than nobody would notice."""
    return any(gain.is_plain and gain.saved < 0 for gain in found if gain.name == _WARM)
