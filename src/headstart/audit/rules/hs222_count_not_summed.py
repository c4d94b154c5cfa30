"""A count that is not summed.

An alarm waits for an average, maximum or minimum of Errors, Throttles or another outcome of invocations above 1.

*Why it costs.* Each invocation sends a 0 or a 1: only their Sum counts anything. The average is a share, the maximum 1
at most, so that the alarm never goes off. (A maximum above 0, or an average above 0.05 as a rate, is right and is not
reported.)

*Use instead.* Statistic: Sum.

*Evidence.* AWS: "Invocation metrics are binary indicators of the outcome … View these metrics with the Sum statistic."

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, compared_metric, is_beyond, is_upper, reading_with, statistic_path
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.lambda_metrics import OUTCOMES

RULE = Rule(id="HS222", name="count-not-summed", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_OTHERS = ("Average", "Maximum", "Minimum")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm that waits for more than one invocation can give."""
    for _, alarm in alarms(subject):
        metric = compared_metric(alarm)
        if metric is None or metric.name not in OUTCOMES or metric.statistic not in _OTHERS or not is_upper(alarm):
            continue
        if is_beyond(alarm, most=1):
            yield RULE.finding(
                f"{alarm.resource.id} waits for a {metric.statistic} of {metric.name} above {alarm.threshold or 0:g}; "
                "each invocation sends 0 or 1",
                "Statistic: Sum",
                place=alarm.resource.place_of(*statistic_path(alarm, metric)),
                subject=alarm.resource.id,
                edits=reading_with("Sum", alarm, query=metric),
                is_safe=True,
            )
