"""The dashboard of a function: cold starts and cost from its log, duration, and concurrency against its limits."""

from collections.abc import Iterator, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from headstart.infra.constructs import metrics
from headstart.infra.constructs.declared import Concurrency, concurrency_of
from headstart.infra.constructs.function_alarms import FunctionAlarms
from headstart.infra.constructs.refusals import refuse_changes
from headstart.infra.constructs.tuned_function import TunedFunction
from headstart.model import function_costs, log_queries
from headstart.model.log_queries import LogQuery
from headstart.model.price_list import AS_OF

_WIDTH = 24


class FunctionDashboard(Construct):
    """Rows of widgets with a generated name; the state of ``alarms`` is the first, where they are given.

    Cold starts, their init and what is billed are read from the platform's lines in the function's JSON log: none of
    the metrics has them. Cost is at list price, without discounts or the free tier; durations in provisioned
    environments are shown at the price on demand, which is above theirs.

    Refuses: to be made before the concurrency whose limits it draws.
    """

    dashboard: cloudwatch.Dashboard

    def __init__(
        self, scope: Construct, construct_id: str, *, function: TunedFunction, alarms: FunctionAlarms | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        refuse_changes(
            self,
            lambda: concurrency_of(function.alias),
            hint=f"make it after what reserves or provisions concurrency for {function.node.path}: it draws that",
        )
        rows = [list(row) for row in _rows(function, function_costs.priced_region(cdk.Stack.of(self).region))]
        if alarms is not None and alarms.alarms:
            rows.insert(0, [_states(alarms)])
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", widgets=rows)


def _states(alarms: FunctionAlarms) -> cloudwatch.IWidget:
    composite = [] if alarms.composite is None else [alarms.composite]
    return cloudwatch.AlarmStatusWidget(
        title="Alarms", alarms=[*composite, *alarms.alarms.values()], width=_WIDTH, height=3
    )


def _rows(function: TunedFunction, region: str) -> Iterator[Sequence[cloudwatch.IWidget]]:
    concurrency = concurrency_of(function.alias)
    yield _invocations(function), _durations(function)
    yield _query(function, log_queries.cold_starts()), _query(function, log_queries.init_durations())
    yield _concurrency(function, concurrency), _query(function, log_queries.on_demand_cost(function.settings, region))
    if concurrency.provisioned is not None:
        yield _utilization(function), _spillover(function)
        yield (_provisioned_cost(function, region),)


def _invocations(function: TunedFunction) -> cloudwatch.IWidget:
    names = ("Invocations", "Errors", "Throttles")
    return _graph("Invocations", [function.metric(name, statistic="Sum") for name in names])


def _durations(function: TunedFunction) -> cloudwatch.IWidget:
    statistics = ("p50", "p90", "p99", "Maximum")
    durations = [function.metric("Duration", statistic=statistic) for statistic in statistics]
    return _graph("Duration, ms", durations, lines={"timeout": function.settings.timeout_s * 1000})


def _concurrency(function: TunedFunction, concurrency: Concurrency) -> cloudwatch.IWidget:
    in_use = metrics.of_function(function.function, "ConcurrentExecutions", statistic="Maximum")
    return _graph(
        "Concurrency",
        [in_use],
        lines={"reserved": concurrency.reserved, "provisioned by a deployment": concurrency.provisioned},
    )


def _utilization(function: TunedFunction) -> cloudwatch.IWidget:
    utilization = function.metric("ProvisionedConcurrencyUtilization", statistic="Maximum")
    return _graph("Provisioned concurrency in use", [utilization], lines={"all": 1})


def _spillover(function: TunedFunction) -> cloudwatch.IWidget:
    names = ("ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations")
    return _graph(
        "Invocations that found an environment, or none", [function.metric(n, statistic="Sum") for n in names]
    )


def _provisioned_cost(function: TunedFunction, region: str) -> cloudwatch.IWidget:
    hour_usd = function_costs.plain(function_costs.provisioned_hour_usd(function.settings, region))
    usd = cloudwatch.MathExpression(
        expression=f"IF(utilization > 0, in_use / utilization, 0) * {hour_usd}",
        using_metrics={
            "in_use": function.metric("ProvisionedConcurrentExecutions", statistic="Maximum"),
            "utilization": function.metric("ProvisionedConcurrencyUtilization", statistic="Maximum"),
        },
        period=cdk.Duration.minutes(1),
        label="USD an hour",
    )
    return _graph(f"USD an hour, provisioned, list price of {region} of {AS_OF} for x86_64", [usd])


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], *, lines: Mapping[str, float | None] | None = None
) -> cloudwatch.IWidget:
    annotations = [
        cloudwatch.HorizontalAnnotation(label=label, value=value)
        for label, value in (lines or {}).items()
        if value is not None
    ]
    return cloudwatch.GraphWidget(title=title, left=list(left), left_annotations=annotations, width=_WIDTH // 2)


def _query(function: TunedFunction, query: LogQuery) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title=query.title,
        log_group_names=[function.log_group.log_group_name],
        query_lines=list(query.lines),
        view=cloudwatch.LogQueryVisualizationType.LINE,
        width=_WIDTH // 2,
    )
