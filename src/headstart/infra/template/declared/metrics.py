"""Metrics of alarms and of scaling: one by name, or expressions over several."""

from collections.abc import Sequence
from typing import Any

from headstart.infra.template.declared.properties import Properties
from headstart.model.infrastructure import MetricQuery, Step


def queries(properties: Properties, *path: Step) -> tuple[MetricQuery, ...]:
    """The metrics at ``path``: the list ``Metrics`` if there is one, else the one that is named there."""
    if properties.items(*path, "Metrics"):
        return tuple(_query(properties, each) for each in properties.paths(*path, "Metrics"))
    if properties.value(*path, "MetricName") is None:
        return ()
    return (
        MetricQuery(
            namespace=properties.words(*path, "Namespace"),
            name=properties.words(*path, "MetricName"),
            dimensions=_dimensions(properties, *path),
            statistic=properties.text(*path, "Statistic") or properties.text(*path, "ExtendedStatistic"),
            period_s=properties.whole(*path, "Period"),
        ),
    )


def returned(found: Sequence[MetricQuery]) -> MetricQuery | None:
    """The one whose values count."""
    return next((query for query in found if query.is_returned), None)


def _query(properties: Properties, path: tuple[Step, ...]) -> MetricQuery:
    period_s = properties.whole(*path, "MetricStat", "Period")
    return MetricQuery(
        id=properties.words(*path, "Id"),
        namespace=properties.words(*path, "MetricStat", "Metric", "Namespace"),
        name=properties.words(*path, "MetricStat", "Metric", "MetricName"),
        dimensions=_dimensions(properties, *path, "MetricStat", "Metric"),
        statistic=properties.text(*path, "MetricStat", "Stat"),
        period_s=properties.whole(*path, "Period") if period_s is None else period_s,
        expression=properties.words(*path, "Expression"),
        is_returned=properties.text(*path, "ReturnData") != "false",
    )


def _dimensions(properties: Properties, *path: Step) -> dict[str, Any]:
    paths = properties.paths(*path, "Dimensions")
    return {properties.words(*each, "Name"): properties.value(*each, "Value") for each in paths}
