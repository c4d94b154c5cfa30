"""The course's stack for performance (9.1.3), corrected: a function that is warm before its requests come.

``python app.py`` writes cdk.out beside this file.
"""

from pathlib import Path

from servers import Servers

from headstart.cdk import (
    AlarmSettings,
    AlarmTopic,
    Architecture,
    CapacitySchedule,
    DeploymentSettings,
    FailedEvents,
    FunctionAlarms,
    FunctionDashboard,
    FunctionSettings,
    GradualDeployment,
    ProvisionedConcurrency,
    ProvisionedSettings,
    ReservedConcurrency,
    TunedFunction,
    UtilizationTracking,
    cdk,
    packaged,
)

HERE = Path(__file__).resolve().parent
ORDERS = HERE.parents[1] / "orders"
SHOP = "Europe/Berlin"
ACCOUNT_CONCURRENCY = 1_000  # Service Quotas shows yours; new accounts have less


class PerformanceOptimized(cdk.Stack):
    """The function of examples/orders, with its servers, its alarms, and deployments that are taken back."""

    def __init__(
        self,
        scope: cdk.App,
        construct_id: str,
        *,
        runtime: str = "python3.13",
        architecture: Architecture = Architecture.ARM64,
    ) -> None:
        super().__init__(scope, construct_id)
        servers = Servers(self, "Servers")
        receipts = cdk.aws_s3.Bucket(self, "Receipts", enforce_ssl=True)
        function = FunctionSettings(
            code=ORDERS,
            handler="app.handler",
            runtime=runtime,
            architecture=architecture,
            memory_mb=512,
            timeout_s=10,
            environment={**servers.environment, "RECEIPTS_BUCKET": receipts.bucket_name, "CACHE_TTL_S": "300"},
            network=servers.network,
            failed_events=FailedEvents(),
        )
        orders = TunedFunction(self, "Orders", settings=packaged(function, leave_out=("README.md", "expected")))
        receipts.grant_put(orders.function, "receipts/*")
        self._set_concurrency(orders)
        self._watch(orders)
        cdk.CfnOutput(self, "Invoke", value=orders.alias.function_arn)

    def _set_concurrency(self, orders: TunedFunction) -> None:
        """Reserved concurrency is a share and a limit, 20 connections to PostgreSQL here; provisioned is what is warm.

        It stays 5 below, so that $LATEST can be tried beside it.
        """
        ReservedConcurrency(
            self, "Reserved", function=orders.function, executions=20, account_concurrency=ACCOUNT_CONCURRENCY
        )
        settings = ProvisionedSettings(
            executions=5,
            minimum=2,
            maximum=15,
            tracking=UtilizationTracking(target_ratio=0.7, statistic="Maximum"),
            schedules=(
                CapacitySchedule(name="day", when="cron(45 7 * * ? *)", minimum=8, maximum=15, time_zone=SHOP),
                # Where nothing is invoked there is no utilization to scale in by: the maximum does it.
                CapacitySchedule(name="night", when="cron(0 20 * * ? *)", minimum=2, maximum=5, time_zone=SHOP),
            ),
        )
        ProvisionedConcurrency(self, "Provisioned", alias=orders.alias, settings=settings)

    def _watch(self, orders: TunedFunction) -> None:
        """Alarms on what callers notice; the new version of a deployment has its own."""
        email = cdk.CfnParameter(self, "AlarmEmail", description="Who gets the alarms")
        topic = AlarmTopic(self, "AlarmTopic", emails=[email.value_as_string]).topic
        settings = AlarmSettings(account_concurrency=ACCOUNT_CONCURRENCY, async_age_s=60)
        alarms = FunctionAlarms(self, "Alarms", function=orders, topic=topic, settings=settings)
        FunctionDashboard(self, "Dashboard", function=orders, alarms=alarms)
        stops = DeploymentSettings(alarms=(alarms.alarms["Duration"], alarms.alarms["Throttles"]))
        GradualDeployment(self, "Deployment", alias=orders.alias, settings=stops)


if __name__ == "__main__":
    app = cdk.App(outdir=str(HERE / "cdk.out"))
    PerformanceOptimized(
        app,
        "PerformanceOptimized",
        runtime=app.node.try_get_context("runtime") or "python3.13",
        architecture=Architecture(app.node.try_get_context("architecture") or "arm64"),
    )
    app.synth()
