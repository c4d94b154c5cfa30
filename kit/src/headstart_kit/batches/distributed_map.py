"""The same declaration for what outgrows one function: as the Distributed Map of a Step Functions state machine, in
Amazon States Language, and as the function that its children call.

Step Functions then reads the source; a line that is no JSON fails its Map Run, rather than becoming a dead letter.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html and
input-output-itembatcher.html, input-output-resultwriter.html (2026-11-25).
"""

from __future__ import annotations

from operator import itemgetter

from headstart_kit.batches.items import Items
from headstart_kit.batches.map_sources import item_reader_of
from headstart_kit.batches.stream import give_up, run
from headstart_kit.errors import DeadlineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from headstart_kit.batches.declaration import Batch

BATCH_BYTES_MAX = 256 * 1024
CONCURRENCY_MAX = 10_000
ITEMS_MAX = 100_000_000
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html (2026-11-25): what to retry at least.
_TRANSIENT = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
_RETRY = {
    "ErrorEquals": _TRANSIENT,
    "IntervalSeconds": 1,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
    "JitterStrategy": "FULL",
}


class MapSettings:
    """How the items are handed out.

    A child gets at most ``max_items`` of them and ``max_batch_bytes``; with both None it gets one, unbatched.
    ``max_concurrency`` children run at a time: keep it below what the function may. The Map Run fails when more than
    ``tolerated_failure_percentage`` of the items do. Children of the ``execution_type`` EXPRESS are cheaper, and have
    5 minutes. ``results`` is the bucket and the prefix for what the children return.

    Raises:
        ValueError: one of them is out of the range that Step Functions allows.
    """

    __slots__ = (
        "execution_type",
        "max_batch_bytes",
        "max_concurrency",
        "max_items",
        "results",
        "tolerated_failure_percentage",
    )

    def __init__(
        self,
        *,
        max_items: int | None = 1000,
        max_batch_bytes: int | None = BATCH_BYTES_MAX,
        max_concurrency: int = 100,
        tolerated_failure_percentage: float = 0,
        execution_type: Literal["STANDARD", "EXPRESS"] = "STANDARD",
        results: tuple[str, str] | None = None,
    ) -> None:
        _require_range("max_items", max_items, most=ITEMS_MAX)
        _require_range("max_batch_bytes", max_batch_bytes, most=BATCH_BYTES_MAX)
        _require_range("max_concurrency", max_concurrency, most=CONCURRENCY_MAX)
        if not 0 <= tolerated_failure_percentage <= 100:
            raise ValueError(f"tolerated_failure_percentage is {tolerated_failure_percentage}; allowed: 0 … 100")
        if execution_type not in {"STANDARD", "EXPRESS"}:
            raise ValueError(f"execution_type is {execution_type!r}; allowed: STANDARD, EXPRESS")
        self.max_items = max_items
        self.max_batch_bytes = max_batch_bytes
        self.max_concurrency = max_concurrency
        self.tolerated_failure_percentage = tolerated_failure_percentage
        self.execution_type = execution_type
        self.results = results


def _require_range(name: str, value: int | None, *, most: int) -> None:
    if value is not None and (type(value) is not int or not 1 <= value <= most):
        raise ValueError(f"{name} is {value!r}; allowed: 1 … {most}")


def distributed_map(batch: Batch, function_arn: str, *, settings: MapSettings | None = None) -> dict[str, Any]:
    """A state machine of one Distributed Map that puts the records of ``batch`` through the function, whose handler is
    to return what ``process_items`` does. As JSON it is the definition that CreateStateMachine takes.

    Raises:
        TypeError, ValueError: a Distributed Map cannot read the source.
    """
    return {
        "Comment": f"Puts the records of {batch.source.name} through {function_arn}",
        "StartAt": "ProcessRecords",
        "States": {"ProcessRecords": map_state(batch, function_arn, settings=settings) | {"End": True}},
    }


def map_state(batch: Batch, function_arn: str, *, settings: MapSettings | None = None) -> dict[str, Any]:
    """The state alone, without ``Next`` or ``End``, for a larger state machine. Raises as ``distributed_map``."""
    settings = settings or MapSettings()
    limits = {"MaxItemsPerBatch": settings.max_items, "MaxInputBytesPerBatch": settings.max_batch_bytes}
    batcher = {name: limit for name, limit in limits.items() if limit is not None}
    state: dict[str, Any] = {
        "Type": "Map",
        "ItemReader": item_reader_of(batch.source),
        "ItemSelector": {"Index.$": "$$.Map.Item.Index", "Record.$": "$$.Map.Item.Value"},
    }
    if batcher:
        state["ItemBatcher"] = batcher
    state |= {
        "MaxConcurrency": settings.max_concurrency,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": settings.execution_type},
            "StartAt": "ProcessItems",
            "States": {"ProcessItems": _child(function_arn, items="$.Items" if batcher else "States.Array($)")},
        },
    }
    if settings.tolerated_failure_percentage:
        state["ToleratedFailurePercentage"] = settings.tolerated_failure_percentage
    if settings.results is not None:
        bucket, prefix = settings.results
        state["ResultWriter"] = {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": prefix},
        }
    return state


def _child(function_arn: str, *, items: str) -> dict[str, Any]:
    """The one state of a child."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": function_arn,
            "Payload": {"Items.$": items},
        },
        "OutputPath": "$.Payload",
        "Retry": [_RETRY],
        "End": True,
    }


def process_items(batch: Batch, event: dict[str, Any]) -> dict[str, Any]:
    """Handle what a child of ``distributed_map`` sends: put the records of its ``Items`` through the transform, and
    return the counts. They go into a part of the sinks that is named for the index of the first, such as 000001000: the
    parts in the order of their names are the whole in order, and a retry writes the same part again.

    Raises:
        ValueError: the event has no ``Items``, or they have no ``Index`` and ``Record``.
        DeadlineError: the function's timeout is too short for them; nothing of them is written.
        RecordError: as in ``run``; the child then fails.
    """
    items = event.get("Items")
    if not isinstance(items, list) or not items or not all(map(_is_item, items)):
        raise ValueError(
            "the event has to have Items, a list of objects with Index and Record, as map_state sends them"
        )
    part = f"{items[0]['Index']:09}"
    ours = batch.over(Items(items, name=f"the items from {part}", read=itemgetter("Record")), part=part)
    result = run(ours)
    if result.resume_token is not None:
        give_up(ours, result.resume_token)
        raise DeadlineError(f"{result.read} of {len(items)} items were done; lower max_items, or raise the timeout")
    counts = ("read", "written", "dropped", "rejected")
    return {"part": part, **{name: getattr(result, name) for name in counts}}


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and "Record" in item and type(item.get("Index")) is int and item["Index"] >= 0
