"""A Lambda function that is ready to be measured, scaled and rolled back: version, alias, log, tracing."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from headstart.infra.constructs import metrics
from headstart.infra.constructs.declared import own_resource_of
from headstart.infra.constructs.function_settings import FailedEvents, FunctionSettings, problems_of
from headstart.infra.constructs.refusals import refuse
from headstart.model.function import Architecture

_ARCHITECTURES = {Architecture.ARM64: lambda_.Architecture.ARM_64, Architecture.X86_64: lambda_.Architecture.X86_64}


class TunedFunction(Construct):
    """A function with a version for each change, kept when the next one comes, and an alias to be invoked through.

    Its log group has a retention and JSON lines. ``failed_events`` is the queue of the setting of that name, or None.

    Refuses: settings that Lambda refuses, and code without the handler. In their place stands an empty function, so
    that the rest of the app is looked at too.
    """

    function: lambda_.Function
    version: lambda_.Version
    alias: lambda_.Alias
    log_group: logs.LogGroup
    failed_events: sqs.IQueue | None

    def __init__(self, scope: Construct, construct_id: str, *, settings: FunctionSettings) -> None:
        super().__init__(scope, construct_id)
        problems = tuple(problems_of(settings))
        refuse(self, lambda: problems)
        self.settings = settings
        self.log_group = logs.LogGroup(self, "Logs")
        own_resource_of(self.log_group, logs.CfnLogGroup).retention_in_days = settings.log_retention_days
        self.function = self._stand_in() if problems else self._function(settings)
        if settings.has_snap_start:  # by the resource: the CDK's own check would hide what else is wrong
            resource = own_resource_of(self.function, lambda_.CfnFunction)
            resource.snap_start = lambda_.CfnFunction.SnapStartProperty(apply_on="PublishedVersions")
        self.version = self.function.current_version
        self.alias = lambda_.Alias(self, "Alias", alias_name=settings.alias_name, version=self.version)
        self.failed_events = None
        if settings.failed_events is not None and not problems:
            self.failed_events = self._keep(settings.failed_events)

    def metric(self, name: str, *, statistic: str) -> cloudwatch.Metric:
        """One of Lambda's metrics, over a minute, of what is invoked through the alias."""
        return metrics.of_alias(self.alias, name, statistic=statistic)

    def _function(self, settings: FunctionSettings) -> lambda_.Function:
        network = settings.network
        return lambda_.Function(
            self,
            "Function",
            description=settings.description,
            runtime=_runtime(settings.runtime),
            architecture=_ARCHITECTURES[settings.architecture],
            handler=settings.handler,
            code=_code(settings.code),
            layers=list(settings.layers),
            memory_size=settings.memory_mb,
            timeout=cdk.Duration.seconds(settings.timeout_s),
            ephemeral_storage_size=cdk.Size.mebibytes(settings.ephemeral_storage_mb),
            environment=dict(settings.environment),
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel[settings.log_level],
            tracing=lambda_.Tracing.ACTIVE if settings.is_traced else lambda_.Tracing.DISABLED,
            current_version_options=lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN),
            dead_letter_queue=settings.dead_letters,
            filesystem=settings.file_system,
            vpc=network.vpc,
            vpc_subnets=network.subnets,
            security_groups=list(network.security_groups) or None,
        )

    def _stand_in(self) -> lambda_.Function:
        return lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): ..."),
        )

    def _keep(self, failed: FailedEvents) -> sqs.IQueue:
        queue = failed.queue or sqs.Queue(
            self, "FailedEvents", enforce_ssl=True, retention_period=cdk.Duration.days(14)
        )
        self.alias.configure_async_invoke(
            on_failure=destinations.SqsDestination(queue),
            retry_attempts=failed.retry_attempts,
            max_event_age=cdk.Duration.seconds(failed.max_event_age_s),
        )
        return queue


def _runtime(name: str) -> lambda_.Runtime:
    if not name.startswith("python"):
        return lambda_.Runtime(name, lambda_.RuntimeFamily.OTHER)
    return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON, supports_inline_code=True)


def _code(code: Path | lambda_.Code) -> lambda_.Code:
    if isinstance(code, lambda_.Code):
        return code
    # jsii looks for a relative path where the process started, whatever the working directory is by now
    path = str(code.resolve())
    return lambda_.Code.from_asset(path, exclude=["__pycache__", "*.pyc"], ignore_mode=cdk.IgnoreMode.GIT)
