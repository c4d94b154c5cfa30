"""The constructs of headstart.cdk beside the CDK's own: how they are made is not looked into."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from headstart.cdk import (
    FunctionSettings,
    ProvisionedConcurrency,
    ProvisionedSettings,
    TunedFunction,
    UtilizationTracking,
)


class TunedStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        settings = FunctionSettings(code="functions/orders", handler="app.handler", memory_mb=512, timeout_s=30)
        orders = TunedFunction(self, "Orders", settings=settings)
        ProvisionedConcurrency(
            self,
            "Ready",
            function=orders,
            settings=ProvisionedSettings(minimum=2, tracking=UtilizationTracking(maximum=10)),
        )
        plain = lambda_.Function(
            self,
            "Plain",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="app.handler",
            code=lambda_.Code.from_asset("functions/thumbnails"),
            memory_size=512,
            timeout=Duration.seconds(30),
        )
        cloudwatch.Alarm(
            self,
            "Errors",
            metric=orders.alias.metric_errors(),
            threshold=plain.timeout.to_seconds() * 0.8,
            evaluation_periods=3,
        )
