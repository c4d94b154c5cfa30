"""Metrics of Lambda's, each over one minute and with the dimensions that it is published with."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

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


def of_region(name: str, *, statistic: str, period_s: int = PERIOD_S_MIN) -> cloudwatch.Metric:
    """A metric of the account in its Region."""
    return _metric(name, statistic, period_s=period_s, dimensions={})


def error_percent(
    alias: lambda_.Alias, *, minimum_requests: int, period_s: int, executed_version: str = ""
) -> cloudwatch.MathExpression:
    """The percentage of failed invocations; 0 for a period with fewer than ``minimum_requests``."""

    def total(name: str) -> cloudwatch.Metric:
        return of_alias(alias, name, statistic="Sum", period_s=period_s, executed_version=executed_version)

    return cloudwatch.MathExpression(
        expression=f"IF(invocations >= {minimum_requests}, 100 * FILL(errors, 0) / invocations, 0)",
        using_metrics={"errors": total("Errors"), "invocations": total("Invocations")},
        period=cdk.Duration.seconds(period_s),
        label="Errors, % of invocations",
    )


def _metric(name: str, statistic: str, *, period_s: int, dimensions: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        statistic=statistic,
        period=cdk.Duration.seconds(period_s),
        dimensions_map=dimensions or None,
    )
