"""An alarm that does not say what missing data means.

An alarm on a metric of Lambda's has no TreatMissingData.

*Why it costs.* Lambda publishes nothing while there are no requests. By default the alarm then goes to
INSUFFICIENT_DATA: it leaves ALARM or OK whenever it is quiet, sends no OK, and shows grey where it should be green.

*Use instead.* notBreaching for what should not happen (errors, throttles, slow requests). For an alarm below a
threshold, such as too few invocations, breaching: there, silence is the failure.

*Evidence.* AWS on provisioned concurrency: the metric is not emitted while the function is inactive, "keep this in
mind" for alarms.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, is_upper
from headstart.audit.declared import is_unset
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS204", name="missing-data-not-said", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_LOWER = ("LessThanThreshold", "LessThanOrEqualToThreshold")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm that leaves it open."""
    for infrastructure, alarm in alarms(subject):
        is_open = is_unset(infrastructure, alarm.resource, "TreatMissingData")
        if is_open and (is_upper(alarm) or alarm.comparison in _LOWER):
            meaning = "notBreaching" if is_upper(alarm) else "breaching"
            yield RULE.finding(
                f"{alarm.resource.id} does not say what no data means; Lambda publishes none between requests",
                f"TreatMissingData: {meaning}",
                place=alarm.resource.place,
                subject=alarm.resource.id,
                edits=setting(alarm.resource, ("TreatMissingData",), to=meaning),
                is_safe=True,
            )
