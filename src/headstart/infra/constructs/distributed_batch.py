"""A dataset that outgrows one function: a Step Functions Distributed Map hands its items to many invocations of it."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as sfn_tasks
from constructs import Construct

from headstart.infra.constructs.batch_settings import BatchSettings, CsvRows, JsonLines, S3Objects, problems_of
from headstart.infra.constructs.declared import reserved_of
from headstart.infra.constructs.refusals import refuse
from headstart.infra.constructs.tuned_function import TunedFunction

_TYPES = {"STANDARD": sfn.StateMachineType.STANDARD, "EXPRESS": sfn.StateMachineType.EXPRESS}
_HAS_WRITER = "@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2"
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html (2026-11-25): what to retry at least.
_TRANSIENT = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]


class DistributedBatch(Construct):
    """A state machine whose children invoke the alias of a function with ``Items`` for the kit's ``process_items``.

    Its role may read the bucket of the source, write that of the results, and invoke the function; the function may
    read the objects that are listed for it.

    Refuses: more children at a time than the function reserves concurrency for; a timeout of the function that EXPRESS
    children do not have; numbers that Step Functions refuses.
    """

    state_machine: sfn.StateMachine | None
    map_state: sfn.DistributedMap | None

    def __init__(
        self, scope: Construct, construct_id: str, *, function: TunedFunction, settings: BatchSettings
    ) -> None:
        super().__init__(scope, construct_id)
        self.node.set_context(_HAS_WRITER, True)  # without it the CDK drops ResultWriterV2, and says nothing
        problems = list(problems_of(settings, timeout_s=function.settings.timeout_s))
        refuse(self, lambda: [*problems, *_reserved_problems(function, settings)])
        self.state_machine = self.map_state = None
        if not problems:
            self.map_state = self._map(settings)
            self.map_state.item_processor(self._child(function))
            self.state_machine = self._machine(self.map_state)
            self._grant(function, settings)

    def _map(self, settings: BatchSettings) -> sfn.DistributedMap:
        return sfn.DistributedMap(
            self,
            "ProcessRecords",
            state_name="ProcessRecords",
            item_reader=_reader(settings.source),
            item_selector={
                "Index": sfn.JsonPath.number_at("$$.Map.Item.Index"),
                "Record": sfn.JsonPath.object_at("$$.Map.Item.Value"),
            },
            item_batcher=sfn.ItemBatcher(
                max_items_per_batch=settings.max_items, max_input_bytes_per_batch=settings.max_batch_bytes
            ),
            max_concurrency=settings.max_concurrency,
            tolerated_failure_percentage=settings.tolerated_failure_percentage or None,
            map_execution_type=_TYPES[settings.execution_type],
            result_writer_v2=sfn.ResultWriterV2(bucket=settings.results, prefix=settings.results_prefix),
        )

    def _child(self, function: TunedFunction) -> sfn_tasks.LambdaInvoke:
        child = sfn_tasks.LambdaInvoke(
            self,
            "ProcessItems",
            state_name="ProcessItems",
            lambda_function=function.alias,
            payload=sfn.TaskInput.from_object({"Items": sfn.JsonPath.object_at("$.Items")}),
            output_path="$.Payload",
            retry_on_service_exceptions=False,
        )
        child.add_retry(
            errors=_TRANSIENT,
            interval=cdk.Duration.seconds(1),
            max_attempts=6,
            backoff_rate=2,
            jitter_strategy=sfn.JitterType.FULL,
        )
        return child

    def _machine(self, map_state: sfn.DistributedMap) -> sfn.StateMachine:
        return sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(map_state),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.TWO_WEEKS),
                level=sfn.LogLevel.ERROR,
            ),
        )

    def _grant(self, function: TunedFunction, settings: BatchSettings) -> None:
        """What the CDK leaves out: keys of encrypted buckets, and for the function the objects that are listed."""
        source = settings.source
        for bucket in (source.bucket, settings.results):
            if self.state_machine is not None and bucket.encryption_key is not None:
                bucket.encryption_key.grant_encrypt_decrypt(self.state_machine)
        if isinstance(source, S3Objects):
            source.bucket.grant_read(function.function, f"{source.prefix}*")


def _reader(source: JsonLines | CsvRows | S3Objects) -> sfn.IItemReader:
    if isinstance(source, S3Objects):
        return sfn.S3ObjectsItemReader(bucket=source.bucket, prefix=source.prefix or None)
    if isinstance(source, JsonLines):
        return sfn.S3JsonLItemReader(bucket=source.bucket, key=source.key)
    columns = list(source.columns)
    headers = sfn.CsvHeaders.use(columns) if columns else sfn.CsvHeaders.use_first_row()
    return sfn.S3CsvItemReader(bucket=source.bucket, key=source.key, csv_headers=headers)


def _reserved_problems(function: TunedFunction, settings: BatchSettings) -> Iterator[str]:
    reserved = reserved_of(function.function)
    if reserved is not None and settings.max_concurrency > reserved:
        yield (
            f"max_concurrency is {settings.max_concurrency:,}, above the function's reserved concurrency of "
            f"{reserved:,}: the rest would be throttled"
        )
