from aws_cdk import Duration, Stack
from aws_cdk import aws_applicationautoscaling as appscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as _lambda
from constructs import Construct


class Shop(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        orders = _lambda.Function(
            self,
            "Orders",
            runtime=_lambda.Runtime.PYTHON_3_13,
            handler="app.handler",
            code=_lambda.Code.from_inline("def handler(event, context): return event"),
            reserved_concurrent_executions=20,
        )
        timed = _lambda.Function(
            self,
            "Timed",
            runtime=_lambda.Runtime.PYTHON_3_13,
            handler="app.handler",
            code=_lambda.Code.from_inline("def handler(event, context): return event"),
            timeout=Duration.seconds(30),
        )
        threshold_ms = timed.timeout.to_milliseconds() * 0.8
        if orders.timeout is not None:
            threshold_ms = orders.timeout.to_milliseconds() * 0.8
        limit = orders.timeout and orders.timeout.to_seconds()
        cloudwatch.Alarm(self, "Slow", metric=timed.metric_duration(), threshold=threshold_ms, evaluation_periods=limit)
