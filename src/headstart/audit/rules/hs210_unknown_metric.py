"""A metric or dimension that Lambda does not have.

An alarm, a scaling policy or a dashboard names a metric of AWS/Lambda that is not published, such as ``Invocation``, or
a dimension of which there are no data: a name that is unknown, Resource without FunctionName, FunctionName with a
metric of the whole Region. A name that resembles none is information only: Lambda's list grows.

*Why it costs.* CloudWatch takes any name. The alarm has no data, ever, and never goes off.

*Use instead.* The name as published; ``headstart`` suggests the nearest.

*Evidence.* A template with ``Invocation`` passes every linter tried (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html (2026-11-23)
"""

import difflib
from collections.abc import Iterator
from typing import Any

import msgspec

from headstart.audit.alarms import path_of
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Edit, Finding, Severity
from headstart.model.infrastructure import Dashboard, MetricQuery, Resource, Step
from headstart.model.lambda_metrics import DIMENSIONS, METRICS, NAMESPACE, OF_THE_REGION

RULE = Rule(id="HS210", name="unknown-metric", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each metric or dimension that has no data."""
    for infrastructure in subject.infrastructures:
        for alarm in infrastructure.alarms:
            for query in alarm.queries:
                path = (*path_of(alarm, query), "Metric") if path_of(alarm, query) else ()
                yield from _unknown(alarm.resource, query, path=path)
        for policy in infrastructure.scaling_policies:
            if policy.custom_metric:
                path = ("TargetTrackingScalingPolicyConfiguration", "CustomizedMetricSpecification")
                yield from _unknown(policy.resource, policy.custom_metric, path=path)
        for dashboard in infrastructure.dashboards:
            for query in {query.name: query for query in _queries(dashboard)}.values():
                yield from _unknown(dashboard.resource, query, path=("DashboardBody",))


def _unknown(resource: Resource, query: MetricQuery, *, path: tuple[Step, ...]) -> Iterator[Finding]:
    if query.namespace != NAMESPACE or "${" in query.name:
        return
    if query.name not in METRICS:
        yield _finding(resource, query.name, known=METRICS, path=(*path, "MetricName"))
        return
    for dimension in query.dimensions:
        if dimension not in DIMENSIONS and "${" not in dimension:
            yield _finding(resource, dimension, known=DIMENSIONS, path=(*path, "Dimensions"))
    if why := _without_data(query):
        yield RULE.finding(
            f"{resource.id}: {why}",
            "give the dimensions that the metric is published with",
            place=resource.place_of(*path, "Dimensions"),
            subject=resource.id,
        )


def _without_data(query: MetricQuery) -> str:
    if query.name in OF_THE_REGION and "FunctionName" in query.dimensions:
        return f"{query.name} is published for the Region, not for a function"
    if "Resource" in query.dimensions and "FunctionName" not in query.dimensions:
        return "there are no data by Resource without FunctionName"
    if "ExecutedVersion" in query.dimensions and "Resource" not in query.dimensions:
        return "there are no data by ExecutedVersion without Resource"
    return ""


def _finding(resource: Resource, name: str, *, known: frozenset[str], path: tuple[Step, ...]) -> Finding:
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    is_metric = path[-1] == "MetricName"
    edits: tuple[Edit, ...] = setting(resource, path, to=nearest[0]) if nearest and is_metric else ()
    finding = RULE.finding(
        f"{resource.id}: AWS/Lambda has no {'metric' if is_metric else 'dimension'} {name}, so there are no data",
        f"did you mean {nearest[0]}?" if nearest else "see the list of Lambda's metrics",
        place=resource.place_of(*path),
        subject=resource.id,
        edits=edits if path[0] != "DashboardBody" else (),
        is_safe=bool(edits) and path[0] == "MetricName",
    )
    return finding if nearest else msgspec.structs.replace(finding, severity=Severity.INFO)


def _queries(dashboard: Dashboard) -> Iterator[MetricQuery]:
    """The metrics of its widgets: ``["AWS/Lambda", "Errors", "FunctionName", "…"]``, a dot for what is above."""
    for widget in dashboard.widgets or ():
        properties = widget.get("properties")
        rows = properties.get("metrics") if isinstance(properties, dict) else None
        above: list[Any] = []
        for row in rows if isinstance(rows, list) else ():
            words = _words(row, above)
            if len(words) > 1:
                above = words
                pairs = zip(words[2::2], words[3::2], strict=False)
                yield MetricQuery(namespace=words[0], name=words[1], dimensions=dict(pairs))


def _words(row: Any, above: list[Any]) -> list[str]:
    words = [word for word in row if isinstance(word, str)] if isinstance(row, list) else []
    if words and words[0] == "...":
        return [*above[: len(above) - len(words) + 1], *words[1:]]
    return [above[at] if word == "." and at < len(above) else word for at, word in enumerate(words)]
