"""An alarm on concurrency that is not its maximum.

An alarm goes off above an average, sum or minimum of ConcurrentExecutions or another metric of concurrency.

*Why it costs.* Throttling begins at the peak. An average over five minutes shows a fraction of it, and a sum of
samples is no concurrency at all.

*Use instead.* Statistic: Maximum.

*Evidence.* AWS: "View this metric using MAX". CDK's ``fn.metric("ConcurrentExecutions")`` averages 300 s by default.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, compared_metric, is_upper, reading_with, statistic_path
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.lambda_metrics import CONCURRENCY

RULE = Rule(id="HS203", name="concurrency-not-maximum", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_OTHERS = ("Average", "Sum", "Minimum", "SampleCount")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm above another statistic of concurrency."""
    for _, alarm in alarms(subject):
        metric = compared_metric(alarm)
        if metric and metric.name in CONCURRENCY and metric.statistic in _OTHERS and is_upper(alarm):
            yield RULE.finding(
                f"{alarm.resource.id} watches the {metric.statistic} of {metric.name}; throttling begins at its peak",
                "Statistic: Maximum",
                place=alarm.resource.place_of(*statistic_path(alarm, metric)),
                subject=alarm.resource.id,
                edits=reading_with("Maximum", alarm, query=metric),
                is_safe=True,
            )
