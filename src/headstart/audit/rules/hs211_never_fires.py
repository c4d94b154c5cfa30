"""An alarm that can never go off.

Its threshold is beyond what the metric can reach: a duration above the timeout, a concurrency above the reserved, a
utilization above 1.

*Why it costs.* It looks like protection and is none.

*Use instead.* Duration: 80 % of the timeout. Concurrency: 80 % of the reserved. ProvisionedConcurrencyUtilization is a
share: 0.8 for 80 %.

*Evidence.* A request that times out is reported at the timeout exactly; Lambda throttles at the reservation, so that
the metric stays there.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, compared_metric, is_beyond, is_upper, timeout_ms, watched_function
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, MetricQuery

RULE = Rule(id="HS211", name="never-fires", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm whose metric cannot come to its threshold."""
    for infrastructure, alarm in alarms(subject):
        metric, function = compared_metric(alarm), watched_function(infrastructure, alarm)
        if metric is None or alarm.threshold is None or not is_upper(alarm):
            continue
        most = _most(metric, function)
        if most is not None and is_beyond(alarm, most=most):
            right = _right(metric, alarm.threshold, most=most)
            yield RULE.finding(
                f"{alarm.resource.id} waits for {metric.name} at {alarm.threshold:g}; it comes to {most:g} at most",
                f"a threshold of {right:g} (80 %)" if right == most * 0.8 else f"write {right:g}",
                place=alarm.resource.place_of("Threshold"),
                subject=alarm.resource.id,
                edits=setting(alarm.resource, ("Threshold",), to=_written(right)),
                is_safe=True,
            )


def _most(metric: MetricQuery, function: DeclaredFunction | None) -> float | None:
    """The largest single value; a sum has none."""
    if metric.statistic in (None, "Sum", "SampleCount"):
        return None
    if metric.name == "ProvisionedConcurrencyUtilization":
        return 1
    if function is None:
        return None
    if metric.name == "Duration":
        return timeout_ms(function)
    return (function.reserved or None) if metric.name == "ConcurrentExecutions" else None


def _right(metric: MetricQuery, threshold: float, *, most: float) -> float:
    is_percent = metric.name == "ProvisionedConcurrencyUtilization" and 1 < threshold < 100
    return threshold / 100 if is_percent else most * 0.8


def _written(number: float) -> int | float:
    return int(number) if number == int(number) else round(number, 4)
