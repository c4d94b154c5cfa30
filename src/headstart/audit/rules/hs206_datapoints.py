"""An alarm on one datapoint, or on all of many.

An alarm on a duration, a concurrency or a rate goes off after one period (a warning). Or it waits until each of several
long periods is above the threshold, 15 minutes or more in all (information).

*Why it costs.* One period in which one request was slow is no trouble: 1 of 1 calls somebody for it. 3 of 3 at 5
minutes calls nobody for 15, and one good period among bad ones starts the count again.

*Use instead.* M of N over short periods: Period 60, EvaluationPeriods 3, DatapointsToAlarm 2. Alarms on counts, such as
one error or one message in a dead-letter queue, are right at 1 of 1 and are not reported.

*Evidence.* AWS's guidance: 60 s, 2 of 3. If 1 % of good periods exceed by chance, 1 of 1 calls 14 times a day at 60 s,
2 of 3 less than once.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.alarms import alarms, is_upper, returned
from headstart.audit.declared import is_unset
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredAlarm, MetricQuery
from headstart.model.lambda_metrics import CONCURRENCY, TIMES

RULE = Rule(id="HS206", name="datapoints", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_LONG_S, _SLOW_S = 300, 900


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm that is too quick or too slow."""
    for infrastructure, alarm in alarms(subject):
        query, periods = returned(alarm), alarm.evaluation_periods
        if query is None or periods is None or not is_upper(alarm):
            continue
        is_all = is_unset(infrastructure, alarm.resource, "DatapointsToAlarm") or alarm.datapoints_to_alarm == periods
        period_s = _period_s(alarm, query)
        if periods == 1 and (query.expression or query.name in TIMES | CONCURRENCY):
            yield _too_quick(alarm)
        elif periods > 1 and is_all and period_s >= _LONG_S and periods * period_s >= _SLOW_S:
            yield _too_slow(alarm, periods, seconds=periods * period_s)


def _period_s(alarm: DeclaredAlarm, query: MetricQuery) -> int:
    periods = [one.period_s for one in (query, *alarm.queries) if one.period_s is not None]
    return periods[0] if periods else 0


def _too_quick(alarm: DeclaredAlarm) -> Finding:
    edits = setting(alarm.resource, ("EvaluationPeriods",), to=3)
    return RULE.finding(
        f"{alarm.resource.id} goes off after a single period, one slow request in a quiet minute",
        "EvaluationPeriods: 3, DatapointsToAlarm: 2",
        place=alarm.resource.place_of("EvaluationPeriods"),
        subject=alarm.resource.id,
        edits=edits + setting(alarm.resource, ("DatapointsToAlarm",), to=2),
        is_safe=True,
    )


def _too_slow(alarm: DeclaredAlarm, periods: int, *, seconds: int) -> Finding:
    finding = RULE.finding(
        f"{alarm.resource.id} needs {periods} of {periods} periods: {seconds // 60} minutes without a good one",
        f"DatapointsToAlarm: {periods - 1}, and Period: 60",
        place=alarm.resource.place_of("EvaluationPeriods"),
        subject=alarm.resource.id,
        edits=setting(alarm.resource, ("DatapointsToAlarm",), to=periods - 1),
        is_safe=True,
    )
    return msgspec.structs.replace(finding, severity=Severity.INFO)
