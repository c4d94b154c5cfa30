"""FunctionDashboard: its widgets, and what it refuses."""

import json

import msgspec
import pytest
from stacks.synthesis import as_text, of_type, refused, synthesized, the_one

from headstart.cdk import (
    AlarmTopic,
    Architecture,
    FunctionAlarms,
    FunctionDashboard,
    ProvisionedConcurrency,
    ProvisionedSettings,
    ReservedConcurrency,
    TunedFunction,
    cdk,
)


def widgets_of(stack):
    """The properties of the widgets by their titles."""
    body = the_one(synthesized(stack), "CloudWatch::Dashboard")["Properties"]["DashboardBody"]
    return {one["properties"]["title"]: one["properties"] for one in json.loads(as_text(body))["widgets"]}


def statistics_of(widget):
    return [(*metric[1:2], metric[-1]["stat"]) for metric in widget["metrics"]]


def lines_of(widget):
    return {one["label"]: one["value"] for one in widget["annotations"]["horizontal"]}


@pytest.fixture
def limited(stack, orders):
    ReservedConcurrency(stack, "Reserved", function=orders.function, executions=50)
    ProvisionedConcurrency(stack, "Provisioned", alias=orders.alias, settings=ProvisionedSettings(executions=5))
    return orders


def test_cold_starts_and_their_init_are_read_from_the_log(stack, orders):
    FunctionDashboard(stack, "Board", function=orders)
    (group_id,) = of_type(synthesized(stack), "Logs::LogGroup")
    widgets = widgets_of(stack)
    assert widgets["Cold starts, % of invocations"]["query"].splitlines() == [
        f"SOURCE '${{{group_id}}}' | filter type = \"platform.report\"",
        "| stats 100 * count(record.metrics.initDurationMs) / count(*) as cold_percent by bin(5m)",
    ]
    assert widgets["Init duration, ms"]["query"].splitlines()[1:] == [
        "| fields coalesce(record.metrics.initDurationMs, record.metrics.restoreDurationMs) as init_ms",
        "| filter ispresent(init_ms)",
        "| stats pct(init_ms, 50) as p50, pct(init_ms, 99) as p99, max(init_ms) as maximum by bin(5m)",
    ]


def test_duration_is_shown_by_percentiles_against_the_timeout(stack, orders):
    FunctionDashboard(stack, "Board", function=orders)
    widget = widgets_of(stack)["Duration, ms"]
    assert statistics_of(widget) == [("Duration", statistic) for statistic in ("p50", "p90", "p99", "Maximum")]
    assert lines_of(widget) == {"timeout": 30_000}


def test_concurrency_is_shown_against_its_limits(stack, limited):
    FunctionDashboard(stack, "Board", function=limited)
    widgets = widgets_of(stack)
    assert statistics_of(widgets["Concurrency"]) == [("ConcurrentExecutions", "Maximum")]
    assert lines_of(widgets["Concurrency"]) == {"reserved": 50, "provisioned by a deployment": 5}
    assert statistics_of(widgets["Provisioned concurrency in use"]) == [
        ("ProvisionedConcurrencyUtilization", "Maximum")
    ]
    assert statistics_of(widgets["Invocations that found an environment, or none"]) == [
        ("ProvisionedConcurrencyInvocations", "Sum"),
        ("ProvisionedConcurrencySpilloverInvocations", "Sum"),
    ]


def test_what_a_function_has_not_is_not_shown(stack, orders):
    FunctionDashboard(stack, "Board", function=orders)
    assert list(widgets_of(stack)) == [
        "Invocations",
        "Duration, ms",
        "Cold starts, % of invocations",
        "Init duration, ms",
        "Concurrency",
        "USD an hour, on demand, list price of us-east-1 of 2026-10-01",
    ]


@pytest.mark.parametrize(
    ("region", "named", "ms_usd", "request_usd"),
    [
        ("af-south-1", "af-south-1", "0.00000000884", "0.00000027"),
        ("mars-north-1", "us-east-1", "0.0000000066667", "0.0000002"),
    ],
)
def test_cost_is_that_of_the_region_memory_and_architecture(stack, settings, region, named, ms_usd, request_usd):
    there = cdk.Stack(cdk.App.of(stack), "There", env=cdk.Environment(account="123456789012", region=region))
    FunctionDashboard(there, "Board", function=TunedFunction(there, "Orders", settings=settings))
    query = widgets_of(there)[f"USD an hour, on demand, list price of {named} of 2026-10-01"]["query"]
    sums = f"sum(record.metrics.billedDurationMs) * {ms_usd} + count(*) * {request_usd}"
    assert query.endswith(f"| stats {sums} as usd by bin(1h)")


def test_storage_and_x86_64_cost_more(stack, settings):
    larger = msgspec.structs.replace(settings, architecture=Architecture.X86_64, ephemeral_storage_mb=1536)
    FunctionDashboard(stack, "Board", function=TunedFunction(stack, "Orders", settings=larger))
    (query,) = [one["query"] for title, one in widgets_of(stack).items() if title.startswith("USD")]
    # half a GB of memory and one GB of /tmp beyond the free 512 MB, for a millisecond
    assert "* 0.00000000836425 +" in query


def test_provisioned_environments_cost_used_or_not(stack, limited):
    FunctionDashboard(stack, "Board", function=limited)
    title = "USD an hour, provisioned, list price of us-east-1 of 2026-10-01 for x86_64"
    expression, *metrics = widgets_of(stack)[title]["metrics"]
    # 0.0000041667 USD a GB-second, half a GB, 3600 seconds
    assert expression[0]["expression"] == "IF(utilization > 0, in_use / utilization, 0) * 0.00750006"
    assert [(metric[1], metric[-1]["id"]) for metric in metrics] == [
        ("ProvisionedConcurrentExecutions", "in_use"),
        ("ProvisionedConcurrencyUtilization", "utilization"),
    ]


def test_the_state_of_the_alarms_comes_first(stack, orders):
    alarms = FunctionAlarms(stack, "Alarms", function=orders, topic=AlarmTopic(stack, "Topic").topic)
    FunctionDashboard(stack, "Board", function=orders, alarms=alarms)
    resources = synthesized(stack)
    ids = [*of_type(resources, "CloudWatch::CompositeAlarm"), *of_type(resources, "CloudWatch::Alarm")]
    title, states = next(iter(widgets_of(stack).items()))
    assert (title, states["alarms"]) == ("Alarms", [f"${{{one}.Arn}}" for one in ids])
    assert "DashboardName" not in the_one(resources, "CloudWatch::Dashboard")["Properties"]


def test_a_dashboard_made_before_the_limits_it_draws_is_refused(stack, orders):
    FunctionDashboard(stack, "Board", function=orders)
    ReservedConcurrency(stack, "Reserved", function=orders.function, executions=50)
    assert refused(stack) == [
        ("Shop/Board", "make it after what reserves or provisions concurrency for Shop/Orders: it draws that")
    ]
