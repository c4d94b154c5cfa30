from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as _lambda
from aws_cdk import aws_sns as sns


class ConcurrencyOptimizedStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:  # D22
        super().__init__(scope, construct_id, **kwargs)

        self.critical = _lambda.Function(  # D33
            self,
            "CriticalFunction",
            runtime=_lambda.Runtime.PYTHON_3_11,
            handler="index.lambda_handler",
            code=_lambda.Code.from_asset("lambda_functions/critical_handler"),  # D26
            memory_size=1024,
            timeout=Duration.seconds(30),
            reserved_concurrent_executions=50,  # D36 D37
            environment={"PRIORITY": "HIGH"},
        )
        live = _lambda.Alias(self, "CriticalLive", alias_name="live", version=self.critical.current_version)
        live.add_function_url()

        self.standard = _lambda.Function(  # D33
            self,
            "StandardFunction",
            runtime=_lambda.Runtime.PYTHON_3_11,
            handler="index.lambda_handler",
            code=_lambda.Code.from_asset("lambda_functions/standard_handler"),  # D26
            memory_size=512,
            timeout=Duration.minutes(1),
            reserved_concurrent_executions=20,
            environment={"PRIORITY": "MEDIUM"},
        )
        self.batch = _lambda.Function(
            self,
            "BatchFunction",
            runtime=_lambda.Runtime.PYTHON_3_11,
            handler="index.lambda_handler",
            code=_lambda.Code.from_asset("lambda_functions/cpu_optimized"),
            memory_size=2048,
            timeout=Duration.minutes(15),
            environment={"MAX_PROCESSING_TIME": "900"},
        )
        self._add_alarms()

    def _add_alarms(self) -> None:
        topic = sns.Topic(  # D35
            self,
            "AlarmTopic",
            topic_name="concurrency-alarms",  # D34
        )
        functions = {"Critical": self.critical, "Standard": self.standard, "Batch": self.batch}
        for name, function in functions.items():
            error_rate = cloudwatch.MathExpression(
                expression="errors / invocations * 100",  # D31
                using_metrics={"errors": function.metric_errors(), "invocations": function.metric_invocations()},
            )
            errors = cloudwatch.Alarm(  # D30 D40
                self,
                f"{name}ErrorRate",
                alarm_name=f"{name}-error-rate",  # D34
                metric=error_rate,
                threshold=5,
                evaluation_periods=3,  # D32
            )
            errors.add_alarm_action(actions.SnsAction(topic))

            slow = cloudwatch.Alarm(  # D30
                self,
                f"{name}Duration",
                alarm_name=f"{name}-duration",
                metric=function.metric_duration(),  # D28
                threshold=function.timeout.to_seconds() * 0.8,  # D27
                evaluation_periods=3,  # D32
            )
            slow.add_alarm_action(actions.SnsAction(topic))

            reserved = function.reserved_concurrent_executions  # D24
            busy = cloudwatch.Alarm(  # D30
                self,
                f"{name}Concurrency",
                alarm_name=f"{name}-concurrency",
                metric=function.metric_concurrent_executions(),  # D23 D29
                threshold=reserved * 0.8 if reserved else 100,
                evaluation_periods=2,
            )
            busy.add_alarm_action(actions.SnsAction(topic))
