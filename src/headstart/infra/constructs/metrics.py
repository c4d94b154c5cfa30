"""Metrics of Lambda's, each over one minute and with the dimensions that it is published with."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from headstart.model.alarm_plans import ERROR_LABEL, ErrorPercent, MetricPlan
from headstart.model.lambda_metrics import NAMESPACE, PERIOD_S_MIN


def of_alias(
    alias: lambda_.Alias, name: str, *, statistic: str, period_s: int = PERIOD_S_MIN, executed_version: str = ""
) -> cloudwatch.Metric:
    """A metric of what is invoked through ``alias``; of one version that it leads to where ``executed_version``."""
    dimensions = {
        "FunctionName": alias.lambda_.function_name,
        "Resource": f"{alias.lambda_.function_name}:{alias.alias_name}",
    }
    if executed_version:
        dimensions["ExecutedVersion"] = executed_version
    return _metric(name, statistic, period_s=period_s, dimensions=dimensions)


def of_function(
    function: lambda_.IFunction, name: str, *, statistic: str, period_s: int = PERIOD_S_MIN
) -> cloudwatch.Metric:
    """A metric of a whole function: its aliases, its versions and $LATEST together."""
    return _metric(name, statistic, period_s=period_s, dimensions={"FunctionName": function.function_name})


def planned(plan: MetricPlan | ErrorPercent, alias: lambda_.Alias, *, period_s: int) -> cloudwatch.IMetric:
    """What an alarm of the function of ``alias`` looks at; not that of a queue, which the function does not know."""
    if isinstance(plan, ErrorPercent):
        return _error_percent(plan, alias, period_s=period_s)
    if plan.of == "alias":
        return of_alias(alias, plan.name, statistic=plan.statistic, period_s=period_s)
    if plan.of == "function":
        return of_function(alias.lambda_, plan.name, statistic=plan.statistic, period_s=period_s)
    return _metric(plan.name, plan.statistic, period_s=period_s, dimensions={})


def _error_percent(plan: ErrorPercent, alias: lambda_.Alias, *, period_s: int) -> cloudwatch.MathExpression:
    version = alias.version.version if plan.of_new_version else ""

    def total(name: str) -> cloudwatch.Metric:
        return of_alias(alias, name, statistic="Sum", period_s=period_s, executed_version=version)

    return cloudwatch.MathExpression(
        expression=plan.expression,
        using_metrics={"errors": total("Errors"), "invocations": total("Invocations")},
        period=cdk.Duration.seconds(period_s),
        label=ERROR_LABEL,
    )


def _metric(name: str, statistic: str, *, period_s: int, dimensions: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        statistic=statistic,
        period=cdk.Duration.seconds(period_s),
        dimensions_map=dimensions or None,
    )
