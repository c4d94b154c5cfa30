"""The course's stack for performance (9.1.3), corrected: a function that is warm before its requests come.

``python app.py`` writes cdk.out beside this file.
"""

from pathlib import Path

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
from servers import Servers

HERE = Path(__file__).resolve().parent
ORDERS = HERE.parents[1] / "orders"
ACCOUNT_CONCURRENCY = 1_000  # Service Quotas shows yours; new accounts have less


class PerformanceOptimized(cdk.Stack):
    """The function of examples/orders, with its servers, its alarms, and deployments that are taken back."""

    def __init__(self, scope: cdk.App, construct_id: str, *, runtime: str, architecture: Architecture) -> None:
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
                CapacitySchedule(name="day", when="cron(45 7 ? * MON-FRI *)", minimum=8, time_zone="Europe/Berlin"),
                CapacitySchedule(name="night", when="cron(0 20 ? * MON-FRI *)", minimum=2, time_zone="Europe/Berlin"),
            ),
        )
        ProvisionedConcurrency(self, "Provisioned", alias=orders.alias, settings=settings)

    def _watch(self, orders: TunedFunction) -> None:
        """Alarms on what callers notice; the new version of a deployment has its own."""
        topic = AlarmTopic(self, "AlarmTopic", emails=self.node.try_get_context("emails") or ()).topic
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
