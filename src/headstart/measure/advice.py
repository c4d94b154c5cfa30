"""What to do about a function, ranked: every rule looks at the findings, and the strongest advice comes first."""

from headstart.measure import advice_init, advice_invoke, advice_risk
from headstart.measure.findings import Findings
from headstart.model.results import Advice

RULES = (
    advice_risk.failures,
    advice_risk.memory_headroom,
    advice_risk.timeout,
    advice_risk.leak,
    advice_init.unused_imports,
    advice_init.bytecode,
    advice_init.top_level_work,
    advice_init.handler_imports,
    advice_invoke.work_in_handler,
    advice_invoke.memory_size,
    advice_invoke.arm64,
)


def advise(findings: Findings) -> tuple[Advice, ...]:
    """All advice, ranked.

    First what can make invocations fail, in the order of ``RULES``: a failed invocation costs more than any
    millisecond. Then by the sum of three shares that the advice removes: of the cold start, of the warm duration and
    of the monthly bill. Shares, because milliseconds do not compare: halving a cold start that one invocation in a
    hundred sees must not sink under a millisecond of each, nor a cent outrank either. Equal sums go by USD. What
    two of them save can overlap: bytecode makes an unused import cheaper too.
    """
    advice = [item for rule in RULES for item in rule(findings)]
    return tuple(
        sorted(
            advice,
            key=lambda item: (
                item.id not in advice_risk.IDS,
                0.0 if item.id in advice_risk.IDS else -score(item, findings),
                -item.saves_usd_month,
            ),
        )
    )


def score(advice: Advice, findings: Findings) -> float:
    """The shares of cold start, warm duration and bill that ``advice`` removes, added; what it adds counts against."""
    warm = findings.cold_start.warm
    return (
        _share(advice.saves_cold_ms, findings.cold_start.total.median)
        + _share(advice.saves_warm_ms, warm.median if warm else 0.0)
        + _share(float(advice.saves_usd_month), float(findings.cost.total_per_month))
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
