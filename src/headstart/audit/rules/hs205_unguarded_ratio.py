"""A rate without a minimum of requests.

An alarm's expression divides by the number of requests, and nothing asks how many there were. It is information where
the expression only sees to it that there was one (``IF(requests > 0, …)``).

*Why it costs.* At night 1 error in 10 requests is 10 %. Such alarms wake somebody for one request, and are soon muted.

*Use instead.* ``IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)``, with as many as make a rate meaningful for
this function; beside it an alarm on the count of errors, if each one matters.

*Evidence.* Of 10 requests at a true error rate of 0.5 %, 5 % of the periods show 10 % or more (binomial).

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.alarms import alarms, returned
from headstart.audit.edits import setting
from headstart.audit.metric_math import ratios
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Edit, Finding, Severity
from headstart.model.infrastructure import DeclaredAlarm, Infrastructure, MetricQuery, Step
from headstart.model.lambda_metrics import NAMESPACE

RULE = Rule(id="HS205", name="unguarded-ratio", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_ENOUGH = 20


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm with a division by Invocations that is not guarded."""
    for infrastructure, alarm in alarms(subject):
        query = returned(alarm)
        if query is None or not query.expression or _is_half_of_a_condition(infrastructure, alarm):
            continue
        others = {one.id: one.expression for one in alarm.queries if one.expression and one.id != query.id}
        by_requests = [ratio for ratio in ratios(query.expression, others) if ratio.divisor & _requests(alarm)]
        least = min((ratio.minimum for ratio in by_requests), default=None)
        if least is not None and least < 2:
            finding = RULE.finding(
                f"{alarm.resource.id} divides by the number of requests, however few: one error of ten is 10 %",
                f"IF({sorted(by_requests[0].divisor & _requests(alarm))[0]} >= {_ENOUGH}, …, 0)",
                place=alarm.resource.place_of(*_path(alarm, query)),
                subject=alarm.resource.id,
                edits=_edits(alarm, query),
            )
            yield msgspec.structs.replace(finding, severity=Severity.INFO) if least else finding


def _requests(alarm: DeclaredAlarm) -> frozenset[str]:
    return frozenset(one.id for one in alarm.queries if (one.namespace, one.name) == (NAMESPACE, "Invocations"))


def _is_half_of_a_condition(infrastructure: Infrastructure, alarm: DeclaredAlarm) -> bool:
    """Whether a composite alarm asks for something beside it, such as a minimum of requests."""
    return any(
        alarm.resource.id in composite.children and " AND " in composite.rule
        for composite in infrastructure.composite_alarms
    )


def _path(alarm: DeclaredAlarm, query: MetricQuery) -> tuple[Step, ...]:
    entries = alarm.resource.get("Metrics", default=())
    index = next((index for index, entry in enumerate(entries) if entry.get("Id") == query.id), 0)
    return ("Metrics", index, "Expression")


def _edits(alarm: DeclaredAlarm, query: MetricQuery) -> tuple[Edit, ...]:
    """Guard the whole expression, where it is known text and divides by the metric itself."""
    requests = sorted(
        _requests(alarm) & frozenset(name for ratio in ratios(query.expression) for name in ratio.divisor)
    )
    path = _path(alarm, query)
    if len(requests) != 1 or not isinstance(alarm.resource.get(*path), str):
        return ()
    return setting(alarm.resource, path, to=f"IF({requests[0]} >= {_ENOUGH}, {query.expression}, 0)")
