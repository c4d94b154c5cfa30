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
        live = _lambda.Alias(
            self,
            "Live",
            alias_name="live",
            version=orders.current_version,
            provisioned_concurrent_executions=5,
            **kwargs,
        )
        scaling = live.add_auto_scaling(min_capacity=5, max_capacity=20)
        scaling.scale_on_utilization(utilization_target=0.7, scale_in_cooldown=Duration.minutes(5))
        scaling.scale_on_schedule("Night", schedule=appscaling.Schedule.cron(hour="22"), max_capacity=5)
        made_by_us(self, orders, anything=1)
