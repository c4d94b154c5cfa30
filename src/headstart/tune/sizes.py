"""Which memory sizes come into question: those to choose from, those that can be measured, those to begin with."""

import math
from collections.abc import Iterable
from typing import Final

from headstart.model import limits
from headstart.model.cpu_law import SIZES, speed
from headstart.model.function import MemorySize

_STEP_MB: Final = 64
_WIDE_STEP_MB: Final = 256
# Above two vCPUs sizes differ less.
_WIDE_FROM_MB: Final = 3_072
# Two sizes closer than this are as good as one.
_NEAR_RATIO: Final = 1.12

CANDIDATES: Final = tuple(
    sorted(
        {
            *range(limits.MEMORY_MB_MIN, _WIDE_FROM_MB, _STEP_MB),
            *range(_WIDE_FROM_MB, limits.MEMORY_MB_MAX + 1, _WIDE_STEP_MB),
            *SIZES,
        }
    )
)


def faster(sizes: Iterable[int], parallelism: float) -> list[int]:
    """Those that give a function of this parallelism more CPU than any smaller one."""
    found: list[int] = []
    for mb in sorted(sizes):
        if not found or speed(mb, parallelism) > speed(found[-1], parallelism):
            found.append(mb)
    return found


def is_measurable(mb: int, cpus: int | None) -> bool:
    """Whether a machine with ``cpus`` (None: Lambda itself) can run a size: up to one full vCPU any can."""
    return cpus is None or mb <= limits.MEMORY_MB_PER_VCPU or MemorySize(mb).visible_vcpus <= cpus


def next_above(mb: int, cpus: int | None) -> int | None:
    """The size to try after one that was not enough: the double; None where none is left."""
    top_mb = max(size for size in CANDIDATES if is_measurable(size, cpus))
    return min(2 * mb, top_mb) if mb < top_mb else None


def rounded_up(mb: float) -> int:
    """The next of the sizes to choose from."""
    return next((size for size in CANDIDATES if size >= mb), limits.MEMORY_MB_MAX)


def first_high(configured_mb: int, *, cpus: int | None) -> int:
    """The high one to begin with: a full vCPU, on AWS two of them, where parallel work shows; or the present size."""
    usual_mb = 3_008 if cpus is None else limits.MEMORY_MB_PER_VCPU
    is_near_or_above = configured_mb * _NEAR_RATIO >= usual_mb and is_measurable(configured_mb, cpus)
    return configured_mb if is_near_or_above else usual_mb


def first_middle(low_mb: int, high_mb: int, *, configured_mb: int) -> int | None:
    """The one halfway by ratio, or the present size if that is about there; None where both are close already."""
    if high_mb <= low_mb * _NEAR_RATIO:
        return None
    middle_mb = math.sqrt(low_mb * high_mb)
    is_about_there = middle_mb / 1.5 <= configured_mb <= middle_mb * 1.5 and low_mb < configured_mb < high_mb
    return configured_mb if is_about_there else min(rounded_up(middle_mb), high_mb)


def between(failed_mb: int, usable_mb: int) -> int:
    """The one halfway by ratio from a size that failed to one that can be used; at last that itself."""
    return min(rounded_up(math.sqrt(failed_mb * usable_mb)), usable_mb)


def near(mb: int, sizes: Iterable[int]) -> int | None:
    """The one of ``sizes`` that is as good as ``mb``, if there is one."""
    close = [other for other in sizes if max(other, mb) <= min(other, mb) * _NEAR_RATIO]
    return min(close, key=lambda other: abs(math.log(other / mb)), default=None)
