from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as _lambda


class Alarms(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, functions: list[_lambda.IFunction]) -> None:  # HS423
        super().__init__(scope, construct_id)
        for index, function in enumerate(functions):
            cloudwatch.Alarm(self, f"Errors{index}", metric=function.metric_errors(), threshold=1, evaluation_periods=3)
