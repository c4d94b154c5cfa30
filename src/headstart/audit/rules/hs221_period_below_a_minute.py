"""An alarm in periods shorter than Lambda's metrics.

An alarm reads a metric of Lambda's in periods of less than 60 seconds.

*Why it costs.* Lambda publishes once a minute. Five of six periods of 10 s have no data: the alarm evaluates missing
data, costs three times as much as one of standard resolution, and is not any quicker.

*Use instead.* Period: 60. For less, a high-resolution metric of your own.

*Evidence.* AWS: "Lambda sends metric data to CloudWatch in 1-minute intervals".

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, path_of
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.lambda_metrics import NAMESPACE, PERIOD_S_MIN

RULE = Rule(id="HS221", name="period-below-a-minute", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each metric that is read too often."""
    for _, alarm in alarms(subject):
        for query in alarm.queries:
            if query.namespace == NAMESPACE and query.period_s is not None and query.period_s < PERIOD_S_MIN:
                path = (*path_of(alarm, query), "Period")
                yield RULE.finding(
                    f"{alarm.resource.id} reads {query.name} every {query.period_s} s; Lambda publishes once a minute",
                    f"Period: {PERIOD_S_MIN}",
                    place=alarm.resource.place_of(*path),
                    subject=alarm.resource.id,
                    edits=setting(alarm.resource, path, to=PERIOD_S_MIN),
                    is_safe=True,
                )
