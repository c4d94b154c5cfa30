"""Pictures: a queue with its dead letters, a schedule, a topic, an API, and metrics of many functions in a loop."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as _lambda
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

FUNCTIONS = {
    "Thumbnails": {"memory_mb": 2048, "timeout": cdk.Duration.minutes(1)},
    "Index": {"memory_mb": 512, "timeout": cdk.Duration.seconds(20)},
    "Sweep": {"memory_mb": 256, "timeout": cdk.Duration.minutes(2)},
}


class Watched(Construct):
    """A function with alarms on it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, topic: sns.ITopic, memory_mb: int, timeout: cdk.Duration
    ):
        super().__init__(scope, construct_id)
        self.function = _lambda.Function(
            self,
            "Function",
            runtime=_lambda.Runtime.PYTHON_3_13,
            architecture=_lambda.Architecture.ARM_64,
            handler="app.handler",
            code=_lambda.Code.from_asset("functions/thumbnails"),
            memory_size=memory_mb,
            timeout=timeout,
            tracing=_lambda.Tracing.ACTIVE,
            logging_format=_lambda.LoggingFormat.JSON,
            retry_attempts=1,
            dead_letter_queue_enabled=True,
        )
        lost = self.function.dead_letter_queue.metric_approximate_number_of_messages_visible()
        cloudwatch.Alarm(self, "Lost", metric=lost, threshold=1, evaluation_periods=1).add_alarm_action(
            actions.SnsAction(topic)
        )
        logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{self.function.function_name}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        watched = {
            "Errors": (self.function.metric_errors, 1),
            "Throttles": (self.function.metric_throttles, 1),
        }
        for name, (metric, threshold) in watched.items():
            alarm = metric(period=cdk.Duration.minutes(1)).create_alarm(
                self,
                name,
                threshold=threshold,
                evaluation_periods=3,
                datapoints_to_alarm=2,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))
        slow = cloudwatch.Alarm(
            self,
            "Slow",
            metric=self.function.metric_duration().with_(statistic="Maximum", period=cdk.Duration.minutes(1)),
            threshold=self.function.timeout.to_milliseconds() * 0.9,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        slow.add_alarm_action(actions.SnsAction(topic))


class PicturesStack(cdk.Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        made = {name: Watched(self, name, topic=topic, **settings) for name, settings in FUNCTIONS.items()}

        dead = sqs.Queue(self, "Dead")
        queue = sqs.Queue(
            self,
            "Queue",
            visibility_timeout=cdk.Duration.minutes(6),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead),
        )
        thumbnails = made["Thumbnails"].function
        thumbnails.add_event_source(
            sources.SqsEventSource(queue, batch_size=10, max_concurrency=50, report_batch_item_failures=True)
        )
        cloudwatch.Alarm(
            self,
            "DeadLetters",
            metric=dead.metric_approximate_number_of_messages_visible(period=cdk.Duration.minutes(1)),
            threshold=1,
            evaluation_periods=1,
        ).add_alarm_action(actions.SnsAction(topic))

        events.Rule(
            self,
            "Nightly",
            schedule=events.Schedule.cron(hour="3", minute="0"),
            targets=[targets.LambdaFunction(made["Sweep"].function)],
        )
        topic_of_pictures = sns.Topic(self, "Pictures")
        topic_of_pictures.add_subscription(subscriptions.LambdaSubscription(made["Index"].function))
        api = apigateway.RestApi(self, "Api")
        api.root.add_resource("pictures").add_method("GET", apigateway.LambdaIntegration(made["Index"].function))
        cdk.CfnOutput(self, "QueueUrl", value=queue.queue_url)
        cdk.Tags.of(self).add("app", "pictures")
