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
        function = _lambda.Function.from_function_name(self, "Other", "other")
        for each in (orders, function):
            each.metric("ConcurrentExecutions", statistic="Maximum")
            each.node.add_metadata("owner", "shop")
        orders.metric_errors(period=Duration.minutes(1)).create_alarm(self, "Errors", threshold=1, evaluation_periods=3)
        if hasattr(orders, "something_new"):
            orders.something_new()
        _lambda.CfnFunction(self, "Plain", role="arn", code=_lambda.CfnFunction.CodeProperty(zip_file="")).attr_arn
        self.orders = orders.current_version.add_alias("live").lambda_.role
        print(_lambda.Tracing.ACTIVE, _lambda.Runtime.PYTHON_3_13.name, appscaling.ServiceNamespace.LAMBDA.value)
