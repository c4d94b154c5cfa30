"""Every kind of thing that is read of a program, said in as many ways, right or wrong."""

from aws_cdk import App, Duration, RemovalPolicy, Size, Stack
from aws_cdk import aws_applicationautoscaling as appscaling
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as _lambda
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

CODE = "def handler(event, context): return event"
STAGES = ["blue", "green"]


class Settings:
    def __init__(self, memory_mb: int = 256, *, timeout_s: int = 10) -> None:
        self.memory_mb = memory_mb
        self.timeout_s = timeout_s

    @property
    def timeout(self) -> Duration:
        return Duration.seconds(self.timeout_s)


class AllKindsStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.topic = sns.Topic(self, "Topic", topic_name="alarms")
        self.by_hand()
        self.weighted()
        self.restored()
        self.streams()
        self.in_a_loop()
        self.by_cloudformation()

    def function(self, name: str, settings: Settings | None = None, **more) -> _lambda.Function:
        settings = settings or Settings()
        return _lambda.Function(
            self,
            name,
            runtime=_lambda.Runtime.PYTHON_3_12,
            handler="index.handler",
            code=_lambda.Code.from_inline(CODE),
            memory_size=settings.memory_mb,
            timeout=settings.timeout,
            **more,
        )

    def by_hand(self) -> None:
        function = self.function("ByHand", reserved_concurrent_executions=20, log_retention=logs.RetentionDays.ONE_WEEK)
        version = _lambda.Version(self, "First", lambda_=function, removal_policy=RemovalPolicy.RETAIN)
        alias = _lambda.Alias(self, "Hand", alias_name="hand", version=version)
        target = appscaling.ScalableTarget(
            self,
            "Target",
            service_namespace=appscaling.ServiceNamespace.LAMBDA,
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            resource_id=f"function:{function.function_name}:{alias.alias_name}",
            min_capacity=1,
            max_capacity=15 + 5 * 2,
        )
        target.node.add_dependency(alias)
        target.scale_on_metric(
            "Steps",
            metric=function.metric_invocations(period=Duration.minutes(1)),
            scaling_steps=[
                appscaling.ScalingInterval(upper=10, change=-1),
                appscaling.ScalingInterval(lower=50, change=5),
                appscaling.ScalingInterval(lower=100, change=10),
            ],
            adjustment_type=appscaling.AdjustmentType.CHANGE_IN_CAPACITY,
        )
        target.scale_to_track_metric(
            "Peak",
            target_value=0.6,
            custom_metric=alias.metric("ProvisionedConcurrencyUtilization", statistic=cw.Stats.MAXIMUM),
        )
        target.scale_on_schedule("Day", schedule=appscaling.Schedule.expression("cron(0 8 * * ? *)"), min_capacity=5)

    def weighted(self) -> None:
        function = self.function("Weighted", Settings(1769, timeout_s=60))
        live = function.add_alias("live", provisioned_concurrent_executions=3, description="what callers call")
        live.add_function_url(auth_type=_lambda.FunctionUrlAuthType.NONE)
        function.add_environment("MODE", "fast")
        duration = function.metric_duration(statistic="p95")
        errors = cw.Alarm(
            self,
            "Either",
            alarm_name="either",
            metric=cw.MathExpression(
                expression="errors + throttles",
                using_metrics={"errors": live.metric_errors(), "throttles": live.metric_throttles()},
            ),
            threshold=5,
            evaluation_periods=2,
        )
        slow = duration.create_alarm(self, "Slow", threshold=function.timeout.to_seconds() * 0.5, evaluation_periods=1)
        both = cw.CompositeAlarm(self, "Both", alarm_rule=cw.AlarmRule.all_of(errors, slow))
        for alarm in (errors, slow, both):
            alarm.add_alarm_action(actions.SnsAction(self.topic))

    def restored(self) -> None:
        function = self.function(
            "Restored",
            snap_start=_lambda.SnapStartConf.ON_PUBLISHED_VERSIONS,
            tracing=_lambda.Tracing.PASS_THROUGH,
            dead_letter_queue=sqs.Queue(self, "Dead"),
        )
        function.add_alias("restored")

    def streams(self) -> None:
        function = self.function("Streams", ephemeral_storage_size=Size.gibibytes(1))
        table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            stream=dynamodb.StreamViewType.NEW_IMAGE,
        )
        function.add_event_source(
            sources.DynamoEventSource(
                table, starting_position=_lambda.StartingPosition.LATEST, batch_size=100, retry_attempts=3
            )
        )
        stream = kinesis.Stream(self, "Stream")
        function.add_event_source_mapping("Mapped", event_source_arn=stream.stream_arn, batch_size=50)
        function.add_event_source(sources.SnsEventSource(self.topic))
        bucket = s3.Bucket(self, "Bucket")
        bucket.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.LambdaDestination(function))
        function.configure_async_invoke(retry_attempts=0)

    def in_a_loop(self) -> None:
        functions = {}
        for index, stage in enumerate(STAGES, start=1):
            if stage == "red":
                continue
            name = stage.capitalize()
            functions[stage] = self.function(name, Settings(128 * index, timeout_s=index * 15))
            functions[stage].add_environment("STAGE", stage)
        for stage, function in functions.items():
            limit = function.timeout.to_milliseconds()
            threshold = limit * 0.9 if limit > 20_000 else limit - 1_000
            cw.Alarm(
                self,
                f"{stage}-slow",
                metric=function.metric("Duration", statistic="Maximum", period=Duration.seconds(60)),
                threshold=threshold,
                evaluation_periods=3,
                comparison_operator=cw.ComparisonOperator.GREATER_THAN_THRESHOLD,
                treat_missing_data=cw.TreatMissingData.IGNORE,
            )
        cw.Alarm(
            self,
            "AllBusy",
            metric=_lambda.Function.metric_all_concurrent_executions(),
            threshold=800,
            evaluation_periods=len(functions) + 1,
        )

    def by_cloudformation(self) -> None:
        cw.CfnAlarm(
            self,
            "Plain",
            namespace="AWS/Lambda",
            metric_name="Throttles",
            dimensions=[cw.CfnAlarm.DimensionProperty(name="FunctionName", value="elsewhere")],
            statistic="Sum",
            period=60,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic.topic_arn],
        )


if __name__ == "__main__":
    AllKindsStack(App(), "AllKinds")
