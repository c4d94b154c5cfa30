"""An order function that starts warm, with the alarms and the canary that watch its alias."""

from pathlib import Path

from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_applicationautoscaling as appscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

HERE = Path(__file__).resolve().parent
RESERVED = 40
TIMEOUT_S = 20


class OrdersStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, pager: str = "pager@example.com", **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self._table = dynamodb.Table(
            self, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        )
        self._orders = self._function()
        self._live = lambda_.Alias(
            self,
            "Live",
            alias_name="live",
            version=self._orders.current_version,
            provisioned_concurrent_executions=5,
        )
        scaling = self._live.add_auto_scaling(min_capacity=5, max_capacity=RESERVED)
        scaling.scale_on_utilization(utilization_target=0.7, scale_in_cooldown=Duration.minutes(5))
        scaling.scale_on_schedule("Night", schedule=appscaling.Schedule.cron(hour="22", minute="0"), max_capacity=10)

        self._topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        self._topic.add_subscription(subscriptions.EmailSubscription(pager))
        alarms = [self._errors(), self._slow(), self._throttles(), self._spillover(), self._version_errors()]
        for alarm in alarms:
            alarm.add_alarm_action(actions.SnsAction(self._topic))
            alarm.add_ok_action(actions.SnsAction(self._topic))
        codedeploy.LambdaDeploymentGroup(
            self,
            "Deployment",
            alias=self._live,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=[alarms[0], alarms[-1]],
        )
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[
                [cloudwatch.GraphWidget(title="Errors", left=[self._live.metric_errors()])],
                [cloudwatch.AlarmStatusWidget(alarms=alarms)],
            ],
        )

    def _function(self) -> lambda_.Function:
        function = lambda_.Function(
            self,
            "Orders",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="app.handler",
            code=lambda_.Code.from_asset(str(HERE / "functions" / "orders")),
            memory_size=1024,
            timeout=Duration.seconds(TIMEOUT_S),
            # What the database takes
            reserved_concurrent_executions=RESERVED,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            log_group=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.TWO_WEEKS),
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            environment={"TABLE_NAME": self._table.table_name},
        )
        self._table.grant_read_write_data(function)
        return function

    def _errors(self) -> cloudwatch.Alarm:
        period = Duration.minutes(1)
        rate = cloudwatch.MathExpression(
            expression="IF(invocations >= 20, 100 * FILL(errors, 0) / invocations, 0)",
            using_metrics={
                "errors": self._live.metric_errors(period=period),
                "invocations": self._live.metric_invocations(period=period),
            },
            period=period,
        )
        return self._alarm("ErrorRate", rate, threshold=1)

    def _slow(self) -> cloudwatch.Alarm:
        duration = self._live.metric_duration(statistic="p99", period=Duration.minutes(1))
        return self._alarm("Slow", duration, threshold=TIMEOUT_S * 1000 * 0.8)

    def _throttles(self) -> cloudwatch.Alarm:
        return self._alarm("Throttles", self._live.metric_throttles(period=Duration.minutes(1)), threshold=1)

    def _spillover(self) -> cloudwatch.Alarm:
        spillover = self._live.metric(
            "ProvisionedConcurrencySpilloverInvocations", statistic="Sum", period=Duration.minutes(1)
        )
        return self._alarm("Spillover", spillover, threshold=1)

    def _version_errors(self) -> cloudwatch.Alarm:
        errors = cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions_map={
                "FunctionName": self._orders.function_name,
                "Resource": f"{self._orders.function_name}:live",
                "ExecutedVersion": self._orders.current_version.version,
            },
            statistic="Sum",
            period=Duration.minutes(1),
        )
        return self._alarm("VersionErrors", errors, threshold=1)

    def _alarm(self, name: str, metric: cloudwatch.IMetric, *, threshold: float) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


if __name__ == "__main__":
    app = App()
    OrdersStack(app, "Orders")
    app.synth()
