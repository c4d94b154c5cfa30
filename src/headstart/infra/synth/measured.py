"""What a check measured, as far as infrastructure follows from it: an alarm's threshold, and comments."""

import math
from typing import Final

import msgspec

from headstart.model.alarm_settings import AlarmSettings
from headstart.model.function import FunctionSpec
from headstart.model.results import CheckResult
from headstart.model.sample import Summary

# So often the p99 that was measured here is a slow function there, where the network is another; and between these
# shares of the timeout the alarm neither fires at noise nor comes too late.
_TIMES: Final = 3
_PERCENT_MIN, _PERCENT_MAX = 10, 80
_INVOCATIONS_MIN: Final = 10


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a check at ``memory_mb``; ``warm`` in ms, ``cold_ms`` the median of all that a caller waits."""

    day: str
    memory_mb: int
    max_used_mb: float
    cold_ms: float
    environments: int
    warm: Summary | None


def of_check(result: CheckResult) -> Measured:
    """The figures of ``result``."""
    cold = result.cold_start
    return Measured(
        day=result.created[:10],
        memory_mb=result.function.memory_mb,
        max_used_mb=result.memory.max_used_mb,
        cold_ms=cold.total.median,
        environments=cold.environments,
        warm=cold.warm,
    )


def duration_percent(alarms: AlarmSettings, spec: FunctionSpec, *, measured: Measured | None) -> float | None:
    """The share of the timeout that is too slow: as it is said, or three times the p99 that was measured."""
    warm = _usable(measured, spec)
    if warm is None or alarms.duration_percent != AlarmSettings().duration_percent:
        return alarms.duration_percent
    percent = math.ceil(_TIMES * warm.p99 / (spec.timeout_s * 10))
    return min(max(percent, _PERCENT_MIN), _PERCENT_MAX)


def comments(
    measured: Measured | None, *, spec: FunctionSpec, alarms: AlarmSettings, configured: frozenset[str]
) -> dict[str, str]:
    """A sentence for ``memory_mb``, ``timeout_s`` and ``duration_percent``: whence each of them is."""
    said = {name: "configured" if name in configured else "AWS's default" for name in ("memory_mb", "timeout_s")}
    said["duration_percent"] = (
        "Headstart's default" if alarms.duration_percent == AlarmSettings().duration_percent else "configured"
    )
    if measured is None:
        return {name: f"{word}; not measured" for name, word in said.items()}
    day = measured.day
    if measured.memory_mb != spec.memory.mb:
        return {name: f"{word}; measured {day} at {measured.memory_mb} MB" for name, word in said.items()}
    said["memory_mb"] += f"; measured {day}: at most {measured.max_used_mb:.0f} MB used"
    warm = _usable(measured, spec)
    if warm is not None:
        said["timeout_s"] += f"; measured {day}: p99 {warm.p99:.1f} ms of {warm.n} warm invocations"
        said["duration_percent"] = (
            f"{_TIMES} times the p99 measured {day}, {warm.p99:.1f} ms, but {_PERCENT_MIN} … {_PERCENT_MAX} %"
            if alarms.duration_percent == duration_percent(AlarmSettings(), spec, measured=measured)
            else f"configured; measured {day}: p99 {warm.p99:.1f} ms"
        )
    return said


def _usable(measured: Measured | None, spec: FunctionSpec) -> Summary | None:
    """The warm durations, when they are of this memory size and enough of them."""
    if measured is None or measured.memory_mb != spec.memory.mb or measured.warm is None:
        return None
    return measured.warm if measured.warm.n >= _INVOCATIONS_MIN else None
