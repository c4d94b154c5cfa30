"""An alarm on average duration.

An alarm goes off above an average of Duration.

*Why it costs.* An average hides the slow requests: with 2 of 100 at the timeout of 30 s and the others at 50 ms it
reads 649 ms. The users behind the two, and the calls that are about to time out, are what the alarm is for.

*Use instead.* p99 (ExtendedStatistic), or Maximum close to the timeout.

*Evidence.* AWS's own guidance for alarms: never Average for duration or latency.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, compared_metric, is_upper, reading_with, statistic_path
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS202", name="average-duration", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm above an average of Duration."""
    for _, alarm in alarms(subject):
        metric = compared_metric(alarm)
        if metric and metric.name == "Duration" and metric.statistic == "Average" and is_upper(alarm):
            yield RULE.finding(
                f"{alarm.resource.id} watches the average of Duration, in which slow requests do not show",
                "watch p99, or Maximum close to the timeout",
                place=alarm.resource.place_of(*statistic_path(alarm, metric)),
                subject=alarm.resource.id,
                edits=reading_with("p99", alarm, query=metric),
                is_safe=True,
            )
