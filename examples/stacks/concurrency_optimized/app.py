"""The course's stack for concurrency (9.3.1), corrected: three functions that cannot starve each other.

``python app.py`` writes cdk.out beside this file.
"""

from pathlib import Path

from headstart.cdk import (
    AlarmSettings,
    AlarmTopic,
    Architecture,
    FunctionAlarms,
    FunctionSettings,
    ProvisionedConcurrency,
    ProvisionedSettings,
    ReservedConcurrency,
    TunedFunction,
    UtilizationTracking,
    cdk,
    packaged,
)

cloudwatch, s3, sqs = cdk.aws_cloudwatch, cdk.aws_s3, cdk.aws_sqs
FUNCTIONS = Path(__file__).resolve().parent / "functions"
BATCH_TIMEOUT_S = 300


class ConcurrencyOptimized(cdk.Stack):
    """Orders are taken by ``critical``, answered for by ``standard``, and confirmed by ``batch`` from a queue.

    ``account_concurrency`` is the account's quota in the Region: of 1,000, the usual one, 920 stay unreserved.
    """

    def __init__(
        self,
        scope: cdk.App,
        construct_id: str,
        *,
        runtime: str = "python3.13",
        architecture: Architecture = Architecture.ARM64,
        account_concurrency: int = 1_000,
    ) -> None:
        super().__init__(scope, construct_id)
        self.runtime, self.architecture, self.account_concurrency = runtime, architecture, account_concurrency
        email = cdk.CfnParameter(self, "AlarmEmail", description="Who gets the alarms")
        self.topic = AlarmTopic(self, "AlarmTopic", emails=[email.value_as_string]).topic
        orders, dead_orders = self._queues()
        confirmations = s3.Bucket(self, "Confirmations", enforce_ssl=True)
        environment = {"CONFIRMATIONS_BUCKET": confirmations.bucket_name}

        critical = self._function("Critical", timeout_s=10, environment={"ORDERS_QUEUE_URL": orders.queue_url})
        orders.grant_send_messages(critical.function)
        self._reserve(critical, 50)
        settings = ProvisionedSettings(executions=5, minimum=5, maximum=40, tracking=UtilizationTracking())
        ProvisionedConcurrency(self, "CriticalProvisioned", alias=critical.alias, settings=settings)
        # One function's alarms are enough for the account's concurrency.
        self._watch(critical, AlarmSettings(account_concurrency=account_concurrency))

        standard = self._function("Standard", timeout_s=30, environment=environment)
        confirmations.grant_read(standard.function, "confirmations/*")
        self._reserve(standard, 20)
        self._watch(standard, AlarmSettings())

        batch = self._function("Batch", "app.confirm_orders", timeout_s=BATCH_TIMEOUT_S, environment=environment)
        confirmations.grant_put(batch.function, "confirmations/*")
        self._reserve(batch, 10)
        source = cdk.aws_lambda_event_sources.SqsEventSource(
            orders,
            batch_size=100,
            max_batching_window=cdk.Duration.seconds(5),
            max_concurrency=10,
            report_batch_item_failures=True,
        )
        batch.alias.add_event_source(source)
        self._watch(batch, AlarmSettings(concurrency_percent=None))
        self._alarm("DeadOrders", dead_orders.metric_approximate_number_of_messages_visible, above=0)
        self._alarm("OrdersWait", orders.metric_approximate_age_of_oldest_message, above=2 * BATCH_TIMEOUT_S)

    def _queues(self) -> tuple[sqs.Queue, sqs.Queue]:
        """The queue of orders, and that of orders which failed five times. A message is hidden for 6 timeouts."""
        dead = sqs.Queue(self, "DeadOrders", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        orders = sqs.Queue(
            self,
            "Orders",
            enforce_ssl=True,
            visibility_timeout=cdk.Duration.seconds(6 * BATCH_TIMEOUT_S),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5),
        )
        return orders, dead

    def _function(
        self, name: str, handler: str = "app.handler", *, timeout_s: int, environment: dict[str, str]
    ) -> TunedFunction:
        settings = FunctionSettings(
            code=FUNCTIONS / name.lower(),
            handler=handler,
            runtime=self.runtime,
            architecture=self.architecture,
            memory_mb=512,
            timeout_s=timeout_s,
            environment=environment,
        )
        return TunedFunction(self, name, settings=packaged(settings))

    def _reserve(self, function: TunedFunction, executions: int) -> None:
        ReservedConcurrency(
            self,
            f"{function.node.id}Reserved",
            function=function.function,
            executions=executions,
            account_concurrency=self.account_concurrency,
        )

    def _watch(self, function: TunedFunction, settings: AlarmSettings) -> None:
        FunctionAlarms(self, f"{function.node.id}Alarms", function=function, topic=self.topic, settings=settings)

    def _alarm(self, name: str, metric, *, above: float) -> None:
        """An alarm on a queue, for what no metric of Lambda's tells."""
        alarm = cloudwatch.Alarm(
            self,
            f"{name}Alarm",
            metric=metric(statistic="Maximum", period=cdk.Duration.minutes(1)),
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        action = cdk.aws_cloudwatch_actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)


if __name__ == "__main__":
    app = cdk.App(outdir=str(FUNCTIONS.parent / "cdk.out"))
    ConcurrencyOptimized(
        app,
        "ConcurrencyOptimized",
        runtime=app.node.try_get_context("runtime") or "python3.13",
        architecture=Architecture(app.node.try_get_context("architecture") or "arm64"),
    )
    app.synth()
