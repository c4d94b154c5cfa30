"""Whether deferral pays: cold starts without and with it in turn, compared pair by pair."""

from collections.abc import Callable, Sequence
from typing import Final

from headstart.model.function import MemorySize
from headstart.model.gain import Gain
from headstart.model.invocation import InitReport, InvocationReport
from headstart.model.sample import median, summarize

_FIRST_ANSWER: Final = "init and first invocation"
_FIRST_INVOCATION: Final = "first invocation"
_CPU: Final = "the same by CPU time"
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
    """The figures of cold invocations, each of ``old`` beside the one of ``new`` that was made after it."""
    pairs = [(a, a.init, b, b.init) for a, b in zip(old, new, strict=False) if a.init and b.init]
    found = []
    figures = _FIGURES if is_init_waited_for else _FIGURES_AFTER_INIT
    for name, unit, figure in figures if pairs else ():
        before = [figure(init, report) for report, init, _, _ in pairs]
        after = [figure(init, report) for _, _, report, init in pairs]
        saved = summarize([a - b for a, b in zip(before, after, strict=True)])
        found.append(
            Gain(
                name=name,
                unit=unit,
                n=len(pairs),
                old=median(before),
                new=median(after),
                saved=saved.median,
                low=saved.median_low,
                high=saved.median_high,
            )
        )
    return tuple(found)


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
    if answer.low > 0 or answer.high < 0:
        return answer.low > 0
    return True if saves_cpu(found) and answer.saved > 0 else None


def saves_cpu(found: Sequence[Gain]) -> bool:
    """Whether the first answer takes less CPU time, at the share that each phase has, beyond noise."""
    return any(gain.low > 0 for gain in found if gain.name == _CPU)
