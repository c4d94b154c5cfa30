"""Advice on what makes invocations fail, or soon will: failures seen, memory, timeout, leaks."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from headstart.measure.findings import Findings
from headstart.model import limits
from headstart.model.results import Advice

FAILURES: Final = "failures"
MEMORY_HEADROOM: Final = "memory-headroom"
TIMEOUT: Final = "timeout"
LEAK: Final = "leak"
SLOW_LEAK: Final = "slow-leak"
# A slow leak is none of them: environments are mostly replaced before it fills the memory.
IDS: Final = frozenset({FAILURES, MEMORY_HEADROOM, TIMEOUT, LEAK})

_HEADROOM_RATIO: Final = 0.9
_TIMEOUT_RATIO: Final = 0.8
_SLOW_LEAK_INVOCATIONS: Final = 10_000


def failures(findings: Findings) -> Iterator[Advice]:
    """Invocations failed while cold starts were measured."""
    seen = findings.cold_start.failures
    if seen:
        yield _risk(
            FAILURES,
            title="Make the function succeed",
            action="Run headstart invoke with the same event to see the log and the stack trace.",
            evidence=f"Invocations failed in {findings.cold_start.environments} environments: {'; '.join(seen)}.",
        )


def memory_headroom(findings: Findings) -> Iterator[Advice]:
    """Memory used, with what Lambda's own processes add, is over 90 % of the size."""
    size_mb, used_mb = findings.function.memory_mb, findings.memory.max_used_mb
    on_lambda_mb = used_mb + limits.OWN_PROCESSES_MB
    if on_lambda_mb <= _HEADROOM_RATIO * size_mb:
        return
    enough_mb = least_memory_mb(used_mb)
    if enough_mb > limits.MEMORY_MB_MAX:
        action = f"Use less memory: no memory size leaves room above {used_mb:.0f} MB."
    else:
        action = f"Set memory_mb = {enough_mb}, or use less memory."
    yield _risk(
        MEMORY_HEADROOM,
        title="Leave room in memory",
        action=action,
        evidence=(
            f"{used_mb:.0f} MB were used here and Lambda's own processes add about {limits.OWN_PROCESSES_MB} MB: "
            f"{on_lambda_mb / size_mb:.0%} of {size_mb} MB."
        ),
    )


def timeout(findings: Findings) -> Iterator[Advice]:
    """The slowest invocations come near the function's timeout."""
    timeout_s = findings.function.timeout_s
    cold_ms = findings.cold_start.first_invocation.p99
    warm_ms = findings.cold_start.warm.p99 if findings.cold_start.warm else 0.0
    slowest_ms = max(cold_ms, warm_ms)
    if slowest_ms <= _TIMEOUT_RATIO * timeout_s * 1000:
        return
    enough_s = math.ceil(2 * slowest_ms / 1000)
    raised = enough_s <= limits.TIMEOUT_S_MAX
    yield _risk(
        TIMEOUT,
        title="Leave room under the timeout",
        action=f"Set timeout_s = {enough_s}." if raised else "Split the work: the longest timeout is 900 s.",
        evidence=(
            f"The p99 of {'first' if cold_ms >= warm_ms else 'warm'} invocations is {slowest_ms:,.0f} ms; "
            f"the timeout is {timeout_s} s."
        ),
    )


def leak(findings: Findings) -> Iterator[Advice]:
    """Memory grows from one warm invocation to the next."""
    memory = findings.memory
    if not memory.leaks:
        return
    room_mb = max(0.0, memory.memory_size_mb - memory.series_mb[-1])
    until_full = room_mb / memory.growth_mb_per_1000 * 1000
    largest = memory.allocations[0] if memory.allocations else None
    yield _risk(
        LEAK if until_full < _SLOW_LEAK_INVOCATIONS else SLOW_LEAK,
        title="Stop the growth of memory",
        action=(
            f"Look at {largest.path}:{largest.line}, which holds {largest.mb:.1f} MB."
            if largest
            else "Find what keeps growing with check --allocations: a module-level list, dict or cache."
        ),
        evidence=(
            f"Memory grows by {memory.growth_mb_per_1000:.1f} MB per 1,000 invocations "
            f"(95 %: {memory.growth_low:.1f} to {memory.growth_high:.1f}); "
            f"{memory.memory_size_mb} MB are full after about {until_full:,.0f}."
        ),
        place=f"{largest.path}:{largest.line}" if largest else "",
    )


def least_memory_mb(used_mb: float) -> int:
    """The least memory size that leaves room: 1.2 x what was used, and Lambda's own processes; in steps of 64 MB."""
    needed_mb = 1.2 * used_mb + limits.OWN_PROCESSES_MB
    return max(limits.MEMORY_MB_MIN, math.ceil(needed_mb / 64) * 64)


def _risk(advice_id: str, *, title: str, action: str, evidence: str, place: str = "") -> Advice:
    return Advice(
        id=advice_id,
        title=title,
        action=action,
        evidence=evidence,
        saves_cold_ms=0.0,
        saves_warm_ms=0.0,
        saves_usd_month=Decimal(0),
        measured=True,
        place=place,
    )
