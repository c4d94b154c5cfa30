"""The dashboard of a plan in CloudFormation: its widgets as JSON, as ``FunctionDashboard`` draws them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from headstart.infra.synth import alarm_resources
from headstart.infra.synth.intrinsics import Resources, resource, sub
from headstart.infra.synth.plan import StackPlan
from headstart.model import function_costs, log_queries
from headstart.model.lambda_metrics import NAMESPACE, PERIOD_S_MIN
from headstart.model.log_queries import LogQuery
from headstart.model.price_list import AS_OF

_WIDTH, _HEIGHT, _STATES_HEIGHT = 24, 6, 3
_REGION: Final = "${AWS::Region}"
Widget = dict[str, Any]


def of(plan: StackPlan) -> Resources:
    """The dashboard, when there is to be one."""
    if not plan.table.dashboard:
        return {}
    rows = [row for row in (_states(plan), *_rows(plan)) if row]
    widgets = ",\n".join(map(_text, _placed(rows)))
    body = f'{{"widgets": [\n{widgets}\n]}}'
    return {f"{plan.id}Dashboard": resource("CloudWatch::Dashboard", {"DashboardBody": sub(body)})}


def _text(widget: Widget) -> str:
    """The widget with a line for each of its properties, and for each of its metrics."""
    outer = ", ".join(f'"{key}": {json.dumps(value)}' for key, value in widget.items() if key != "properties")
    inner = ",\n".join(f'  "{key}": {_value_text(value)}' for key, value in widget["properties"].items())
    return f'{{{outer}, "properties": {{\n{inner}\n}}}}'


def _value_text(value: Any) -> str:
    if isinstance(value, list) and len(value) > 1:
        return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in value) + "\n  ]"
    return json.dumps(value)


def _placed(rows: Sequence[Sequence[Widget]]) -> Iterator[Widget]:
    top = 0
    for row in rows:
        left = 0
        for widget in row:
            yield {**widget, "x": left, "y": top}
            left += widget["width"]
        top += max(widget["height"] for widget in row)


def _states(plan: StackPlan) -> list[Widget]:
    if not plan.alarms:
        return []
    ids = [alarm_resources.composite_id(plan), *(alarm_resources.alarm_id(plan, alarm) for alarm in plan.alarms)]
    properties = {"title": "Alarms", "alarms": [f"${{{each}.Arn}}" for each in ids]}
    return [{"type": "alarm", "width": _WIDTH, "height": _STATES_HEIGHT, "properties": properties}]


def _rows(plan: StackPlan) -> Iterator[list[Widget]]:
    region = function_costs.priced_region(plan.spec.region)
    reserved, provisioned = plan.table.reserved, plan.table.provisioned
    invocations = [_of_alias(plan, name, statistic="Sum") for name in ("Invocations", "Errors", "Throttles")]
    durations = [_of_alias(plan, "Duration", statistic=statistic) for statistic in ("p50", "p90", "p99", "Maximum")]
    yield [
        _graph("Invocations", invocations),
        _graph("Duration, ms", durations, lines={"timeout": plan.spec.timeout_s * 1000}),
    ]
    yield [_query(plan, log_queries.cold_starts()), _query(plan, log_queries.init_durations())]
    in_use = [NAMESPACE, "ConcurrentExecutions", "FunctionName", f"${{{plan.function_id}}}", _read("Maximum")]
    lines = {
        "reserved": reserved,
        "provisioned by a deployment": None if provisioned is None else provisioned.executions,
    }
    yield [_graph("Concurrency", [in_use], lines=lines), _query(plan, log_queries.on_demand_cost(plan, region))]
    if provisioned is not None:
        utilization = _of_alias(plan, "ProvisionedConcurrencyUtilization", statistic="Maximum")
        found = [
            _of_alias(plan, f"ProvisionedConcurrency{kind}Invocations", statistic="Sum") for kind in ("", "Spillover")
        ]
        yield [
            _graph("Provisioned concurrency in use", [utilization], lines={"all": 1}),
            _graph("Invocations that found an environment, or none", found),
        ]
        yield [_provisioned_cost(plan, region)]


def _provisioned_cost(plan: StackPlan, region: str) -> Widget:
    hour_usd = function_costs.plain(function_costs.provisioned_hour_usd(plan, region))
    expression = f"IF(utilization > 0, in_use / utilization, 0) * {hour_usd}"
    read = {"in_use": "ProvisionedConcurrentExecutions", "utilization": "ProvisionedConcurrencyUtilization"}
    metrics: list[list[Any]] = [[{"label": "USD an hour", "expression": expression, "period": PERIOD_S_MIN}]]
    metrics += [_of_alias(plan, name, statistic="Maximum", id=each, visible=False) for each, name in read.items()]
    return _graph(f"USD an hour, provisioned, list price of {region} of {AS_OF} for x86_64", metrics)


def _of_alias(plan: StackPlan, name: str, *, statistic: str, **said: Any) -> list[Any]:
    function = f"${{{plan.function_id}}}"
    resource_name = f"{function}:{plan.table.alias}"
    return [NAMESPACE, name, "FunctionName", function, "Resource", resource_name, {**said, **_read(statistic)}]


def _read(statistic: str) -> dict[str, Any]:
    return {"period": PERIOD_S_MIN, "stat": statistic}


def _graph(title: str, metrics: list[list[Any]], *, lines: Mapping[str, float | None] | None = None) -> Widget:
    drawn = [
        {"value": value, "label": label, "yAxis": "left"} for label, value in (lines or {}).items() if value is not None
    ]
    properties: dict[str, Any] = {
        "view": "timeSeries",
        "title": title,
        "region": _REGION,
        "metrics": metrics,
        "yAxis": {},
    }
    if drawn:
        properties["annotations"] = {"horizontal": drawn}
    return {"type": "metric", "width": _WIDTH // 2, "height": _HEIGHT, "properties": properties}


def _query(plan: StackPlan, query: LogQuery) -> Widget:
    lines = "\n| ".join(query.lines)
    properties = {
        "view": "timeSeries",
        "title": query.title,
        "region": _REGION,
        "query": f"SOURCE '${{{plan.id}Logs}}' | {lines}",
        "stacked": False,
    }
    return {"type": "log", "width": _WIDTH // 2, "height": _HEIGHT, "properties": properties}
