"""Alarms, composite alarms and dashboards."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from headstart.infra.template.declared import metrics
from headstart.infra.template.declared.properties import Properties
from headstart.infra.template.declared.references import Named
from headstart.infra.template.declared.view import View
from headstart.model.infrastructure import CompositeAlarm, Dashboard, DeclaredAlarm, MetricQuery, Symbolic

_ALARM: Final = "AWS::CloudWatch::Alarm"
_COMPOSITE: Final = "AWS::CloudWatch::CompositeAlarm"
_DASHBOARD: Final = "AWS::CloudWatch::Dashboard"
_IN_RULE: Final = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?(?P<alarm>[^\"')]+?)[\"']?\s*\)")


def alarms(view: View) -> Iterator[DeclaredAlarm]:
    """Each ``AWS::CloudWatch::Alarm``, of Lambda's metrics or not."""
    for properties in view.of_type(_ALARM):
        queries = metrics.queries(properties)
        named = _watched(view, queries)
        yield DeclaredAlarm(
            resource=properties.resource,
            queries=queries,
            threshold=properties.number("Threshold"),
            comparison=properties.text("ComparisonOperator"),
            evaluation_periods=properties.whole("EvaluationPeriods"),
            datapoints_to_alarm=properties.whole("DatapointsToAlarm"),
            missing_data=properties.text("TreatMissingData"),
            name=properties.text("AlarmName"),
            actions=properties.items("AlarmActions"),
            ok_actions=properties.items("OKActions"),
            function=named.function,
            alias=named.qualifier,
            executed_version=_only(_executed_versions(view, queries)),
        )


def composite_alarms(view: View) -> Iterator[CompositeAlarm]:
    """Each ``AWS::CloudWatch::CompositeAlarm``."""
    for properties in view.of_type(_COMPOSITE):
        yield CompositeAlarm(
            resource=properties.resource,
            rule=properties.words("AlarmRule"),
            children=tuple(_children(view, properties)),
            actions=properties.items("AlarmActions"),
        )


def dashboards(view: View) -> Iterator[Dashboard]:
    """Each ``AWS::CloudWatch::Dashboard``."""
    for properties in view.of_type(_DASHBOARD):
        yield Dashboard(resource=properties.resource, widgets=_widgets(properties))


def _watched(view: View, queries: Sequence[MetricQuery]) -> Named:
    """The one function that the dimensions name, and its alias; nothing where they name several."""
    found = {_named(view, query) for query in queries} - {None}
    functions = {named.function for named in found if named}
    qualifiers = {named.qualifier for named in found if named and named.qualifier}
    return Named(_only(functions), _only(qualifiers))


def _named(view: View, query: MetricQuery) -> Named | None:
    """By ``Resource``, which has the alias too, or by ``FunctionName``."""
    by_resource = view.references.named(query.dimensions.get("Resource"))
    by_name = view.references.named(query.dimensions.get("FunctionName"))
    if by_name is None:
        return by_resource if query.namespace == "AWS/Lambda" else None
    is_same = by_resource is not None and by_resource.function == by_name.function
    return by_resource if is_same else by_name


def _executed_versions(view: View, queries: Sequence[MetricQuery]) -> set[str]:
    values = (query.dimensions.get("ExecutedVersion") for query in queries)
    return {view.references.version(str(value)) for value in values if isinstance(value, str | Symbolic)}


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""


def _children(view: View, properties: Properties) -> Iterator[str]:
    """In the order of the template: what the rule refers to, or calls by its name."""
    named = {found["alarm"].rpartition(":alarm:")[2] for found in _IN_RULE.finditer(properties.words("AlarmRule"))}
    value = properties.value("AlarmRule")
    referred = value.refers_to if isinstance(value, Symbolic) else ()
    for other in view.of_type(_ALARM, _COMPOSITE):
        if other.resource.id in referred or other.text("AlarmName") in named:
            yield other.resource.id


def _widgets(properties: Properties) -> tuple[dict[str, Any], ...] | None:
    try:
        body = json.loads(properties.words("DashboardBody"), strict=False)
    except ValueError:
        body = None
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        properties.doubt("DashboardBody is no JSON with widgets before it is deployed", "DashboardBody")
        return None
    return tuple(widget for widget in widgets if isinstance(widget, dict))
