"""What Logs Insights is asked about a function whose log is JSON: the platform writes a line for each invocation.

Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html, platform.report (2026-11-25)
"""

from typing import Final

import msgspec

from headstart.model import function_costs, pricing
from headstart.model.function_costs import Sized
from headstart.model.price_list import AS_OF

_REPORTS: Final = 'filter type = "platform.report"'
_METRICS: Final = "record.metrics"


class LogQuery(msgspec.Struct, frozen=True):
    """The lines of a query, and what its result is."""

    title: str
    lines: tuple[str, ...]


def cold_starts() -> LogQuery:
    """What share of the invocations waited for an environment to initialise."""
    cold = f"count({_METRICS}.initDurationMs)"
    return LogQuery(
        "Cold starts, % of invocations", (_REPORTS, f"stats 100 * {cold} / count(*) as cold_percent by bin(5m)")
    )


def init_durations() -> LogQuery:
    """How long environments took to initialise, those restored from a snapshot included."""
    init = f"coalesce({_METRICS}.initDurationMs, {_METRICS}.restoreDurationMs)"
    return LogQuery(
        "Init duration, ms",
        (
            _REPORTS,
            f"fields {init} as init_ms",
            "filter ispresent(init_ms)",
            "stats pct(init_ms, 50) as p50, pct(init_ms, 99) as p99, max(init_ms) as maximum by bin(5m)",
        ),
    )


def on_demand_cost(function: Sized, region: str) -> LogQuery:
    """What the billed durations and requests cost each hour on demand."""
    billed = (
        f"sum({_METRICS}.billedDurationMs) * {function_costs.plain(function_costs.on_demand_ms_usd(function, region))}"
    )
    requests = f"count(*) * {function_costs.plain(pricing.request_usd(1, region))}"
    return LogQuery(
        f"USD an hour, on demand, list price of {region} of {AS_OF}",
        (_REPORTS, f"stats {billed} + {requests} as usd by bin(1h)"),
    )
