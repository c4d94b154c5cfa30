"""More datapoints asked for than periods are looked at.

An alarm's DatapointsToAlarm is above its EvaluationPeriods.

*Why it costs.* CloudWatch refuses it: the deployment fails.

*Use instead.* M of N with M at most N, 2 of 3 for a start.

*Evidence.* No linter tried reports it, and moto accepts it (2026-11-23).

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS207", name="more-datapoints-than-periods", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such alarm, on Lambda's metrics or not."""
    for infrastructure in subject.infrastructures:
        for alarm in infrastructure.alarms:
            needed, periods = alarm.datapoints_to_alarm, alarm.evaluation_periods
            if needed is not None and periods is not None and needed > periods:
                yield RULE.finding(
                    f"{alarm.resource.id} needs {needed} datapoints of {periods}",
                    f"DatapointsToAlarm: {periods} at most, or EvaluationPeriods: {needed}",
                    place=alarm.resource.place_of("DatapointsToAlarm"),
                    subject=alarm.resource.id,
                    edits=setting(alarm.resource, ("DatapointsToAlarm",), to=periods),
                    is_safe=True,
                )
