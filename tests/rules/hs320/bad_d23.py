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
        cloudwatch.Alarm(
            self,
            "Busy",
            metric=orders.metric_concurrent_executions(),  # HS320
            threshold=16,
            evaluation_periods=3,
        )
