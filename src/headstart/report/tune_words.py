"""What every report of tuning says alike: the recommendation as a sentence, what is behind it, and what went wrong."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from headstart.model.cpu_law import Mechanism
from headstart.model.tuning import Goal, Recommendation, SizeResult, TuneResult
from headstart.report import digest, figures
from headstart.report.digest import Doubt

# AWS's error types that are better known by what they mean.
_OUTCOMES: Final = {"Runtime.OutOfMemory": "out of memory", "Sandbox.Timedout": "timed out"}
_SUCCEEDED: Final = "succeeded"
# Less than this is no difference that is worth a word.
_SAME_RATIO: Final = 0.005
# From here on times say more than per cent.
_TIMES_RATIO: Final = 2.0


def verdict(result: TuneResult) -> str:
    """One sentence that a newcomer understands: the memory size, and how it compares with the present one."""
    if not result.recommendations:
        return f"No memory size can be recommended yet: {result.ended}"
    asked = result.recommendations[0]
    if asked.memory_mb is None:
        return f"No memory size does what was asked: {asked.reason or result.ended}"
    return "; ".join(filter(None, (_choice(result, asked), per_month(result, asked), effort(result))))


def recommended_mb(result: TuneResult) -> int | None:
    """The memory size that is recommended for what was asked; None where there is none."""
    return result.recommendations[0].memory_mb if result.recommendations else None


def effort(result: TuneResult) -> str:
    """``settled after 17 invocations, usual 60``."""
    settled = "settled" if result.is_settled else "not settled"
    return f"{settled} after {figures.count(result.invocations, 'invocation')}, usual {result.usual_invocations}"


def spent(result: TuneResult) -> str:
    """``17 invocations of the usual 60, which cost $0.0012``; on this machine they cost nothing."""
    count = f"{figures.count(result.invocations, 'invocation')} of the usual {result.usual_invocations}"
    cost = f", which cost {figures.usd(result.spent_usd)}" if result.host is None else ""
    return f"{count}{cost}; list prices of {result.prices_as_of}"


def per_month(result: TuneResult, asked: Recommendation) -> str:
    """``$12.40 a month less at 1,000,000 invocations``; empty where it is the present size, or saves nothing."""
    saves = asked.saves_usd_month
    if saves is None or asked.memory_mb == result.function.memory_mb:
        return ""
    amount = figures.usd(Decimal(abs(saves.value)))
    less = "less" if saves.value >= 0 else "more"
    return f"{amount} a month {less} at {result.traffic.invocations_per_month:,} invocations"


def goal(result: TuneResult, asked: Goal) -> str:
    """What ``asked`` wants, as a noun: ``the cheapest``."""
    objective = result.objective
    return {
        Goal.COST: "the cheapest",
        Goal.SPEED: "the fastest",
        Goal.BALANCED: f"the best balance, {figures.percent(objective.weight)} cost",
        Goal.SLO: f"the cheapest with a p99 of {figures.ms(objective.p99_ms or 0.0)} or less",
    }[asked]


def certainty(result: TuneResult, asked: Recommendation) -> str:
    """``97 % sure to be within 5 % of the cheapest``."""
    within = figures.percent(result.tolerance_ratio)
    best = "the best" if asked.goal is Goal.BALANCED else goal(result, asked.goal)
    return f"{figures.percent(asked.probability)} sure to be within {within} of {best}"


def outcomes(size: SizeResult) -> str:
    """``6 of 6 succeeded``, or with what the others were: ``4 of 6 succeeded, 2 ValueError``."""
    total = sum(size.outcomes.values())
    failed = (f"{count} {_OUTCOMES.get(name, name)}" for name, count in size.outcomes.items() if name != _SUCCEEDED)
    return ", ".join((f"{size.outcomes.get(_SUCCEEDED, 0)} of {total} succeeded", *failed))


def failures(result: TuneResult) -> Iterator[str]:
    """A sentence for each size at which something failed, or that cannot be used for another reason."""
    for size in result.sizes:
        if size.outcomes.keys() - {_SUCCEEDED} or not size.is_usable:
            yield f"{size.memory_mb:,} MB: {outcomes(size)}{'' if size.is_usable else f'; not usable: {size.reason}'}"


def law(result: TuneResult) -> str:
    """The model in a line, with how far it is off; empty where nothing could be fitted."""
    if result.law is None:
        return ""
    found = result.law
    power = f"^{found.exponent:.1f}" if found.exponent != 1 else ""
    by = "in periods of the CPU quota" if found.mechanism is Mechanism.QUOTA else f"/ share{power}"
    return (
        f"{figures.ms(found.io_ms)} + {figures.ms(found.cpu_ms)} of CPU {by}, parallelism "
        f"{found.parallelism:.2f}; off by {figures.percent(found.error_ratio)} where measured"
    )


def doubts(result: TuneResult) -> tuple[Doubt, ...]:
    """Every caveat of the result and its sizes, grouped by code."""
    return digest.group((*result.caveats, *(caveat for size in result.sizes for caveat in size.caveats)))


def size_of(result: TuneResult, memory_mb: int | None) -> SizeResult | None:
    """What is known of one size; None where nothing is."""
    return next((size for size in result.sizes if size.memory_mb == memory_mb), None)


def _choice(result: TuneResult, asked: Recommendation) -> str:
    """``512 MB: 31 % cheaper, 8 % slower than your 1,024 MB``."""
    present_mb = result.function.memory_mb
    if asked.memory_mb == present_mb:
        return f"{present_mb:,} MB: the size that it has is {goal(result, asked.goal)}"
    chosen, present = (size_of(result, mb) for mb in (asked.memory_mb, present_mb))
    name = f"{asked.memory_mb:,} MB"
    if chosen is None or present is None or not present.is_usable:
        failing = present is not None and not present.is_usable
        return f"{name}: {goal(result, asked.goal)}{f'; your {present_mb:,} MB fails' if failing else ''}"
    cost = _difference(chosen.cost.value, present.cost.value, less="cheaper", more="dearer")
    time = _difference(chosen.tuned_ms.value, present.tuned_ms.value, less="faster", more="slower")
    if not cost and not time:
        return f"{name}: as cheap and as fast as your {present_mb:,} MB"
    return f"{name}: {cost or 'as cheap'}, {time or 'as fast'} than your {present_mb:,} MB"


def _difference(new: float, old: float, *, less: str, more: str) -> str:
    """``31 % cheaper``, ``2.5 times slower``; empty where it is the same."""
    if old <= 0 or new <= 0 or abs(new / old - 1) < _SAME_RATIO:
        return ""
    if new / old >= _TIMES_RATIO:
        return f"{figures.times(new / old)} times {more}"
    return f"{figures.percent(abs(new / old - 1))} {less if new < old else more}"
