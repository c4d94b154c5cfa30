"""A duration threshold in seconds.

An alarm on Duration has a threshold at or below the function's timeout counted in seconds: 24 for a function with 30 s.

*Why it costs.* The metric is in milliseconds. Every function that takes longer than 24 ms is in alarm for good, so that
nobody looks when it matters.

*Use instead.* The threshold in milliseconds: 24000.

*Evidence.* No linter tried reports it; CDK's ``duration.to_seconds()`` invites it (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, compared_metric, is_upper, timeout_ms, watched_function
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS201", name="duration-threshold-in-seconds", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm whose threshold makes sense in seconds only."""
    for infrastructure, alarm in alarms(subject):
        metric, function, threshold = compared_metric(alarm), watched_function(infrastructure, alarm), alarm.threshold
        if metric is None or metric.name != "Duration" or function is None or not threshold or not is_upper(alarm):
            continue
        limit_ms = timeout_ms(function)
        if limit_ms is not None and threshold * 1000 <= limit_ms:
            yield RULE.finding(
                f"{alarm.resource.id} compares Duration, in ms, with {threshold:g}: "
                f"{function.id} may run {limit_ms:,} ms, so it is in alarm nearly always",
                f"write {threshold * 1000:g}",
                place=alarm.resource.place_of("Threshold"),
                subject=alarm.resource.id,
                edits=setting(alarm.resource, ("Threshold",), to=_whole(threshold * 1000)),
                is_safe=True,
            )


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number
