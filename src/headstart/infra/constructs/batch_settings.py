"""What a distributed batch reads, hands out and writes, and what Step Functions would refuse of it."""

from collections.abc import Iterator
from typing import Literal, get_args

import msgspec
from aws_cdk import aws_s3 as s3

from headstart.model import limits
from headstart.model.ranges import outside

ExecutionType = Literal["STANDARD", "EXPRESS"]


class JsonLines(msgspec.Struct, frozen=True, kw_only=True):
    """An object with a JSON value on each line."""

    bucket: s3.IBucket
    key: str


class CsvRows(msgspec.Struct, frozen=True, kw_only=True):
    """An object with comma-separated values; its first row has the names of ``columns`` where they are not given."""

    bucket: s3.IBucket
    key: str
    columns: tuple[str, ...] = ()


class S3Objects(msgspec.Struct, frozen=True, kw_only=True):
    """The objects whose keys begin with ``prefix``; an item has what ListObjectsV2 says of one: Key, Size …"""

    bucket: s3.IBucket
    prefix: str = ""


class BatchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How items are handed out: as ``headstart_kit.MapSettings`` has it, whose ``process_items`` handles them.

    A child gets at most ``max_items`` and ``max_batch_bytes`` of them. ``max_concurrency`` children run at a time. The
    Map Run fails when more than ``tolerated_failure_percentage`` of the items do. Children of the type EXPRESS are
    cheaper, and have 5 minutes. What they return is written to ``results``.
    """

    source: JsonLines | CsvRows | S3Objects
    results: s3.IBucket
    results_prefix: str = "map-runs"
    max_items: int = 1_000
    max_batch_bytes: int = limits.MAP_BATCH_BYTES_MAX
    max_concurrency: int = 100
    tolerated_failure_percentage: float = 0
    execution_type: ExecutionType = "STANDARD"


def problems_of(settings: BatchSettings, *, timeout_s: int) -> Iterator[str]:
    """What is wrong with them for a function with this timeout."""
    ranges = {
        "max_items": limits.MAP_BATCH_ITEMS_MAX,
        "max_batch_bytes": limits.MAP_BATCH_BYTES_MAX,
        "max_concurrency": limits.MAP_CONCURRENCY_MAX,
    }
    for name, most in ranges.items():
        yield from outside(name, getattr(settings, name), low=1, high=most)
    yield from outside("tolerated_failure_percentage", settings.tolerated_failure_percentage, low=0, high=100)
    if settings.execution_type not in get_args(ExecutionType):
        yield f"execution_type is {settings.execution_type!r}; allowed: {', '.join(get_args(ExecutionType))}"
    if settings.execution_type == "EXPRESS" and timeout_s > limits.EXPRESS_WORKFLOW_S_MAX:
        yield (
            f"the function may take {timeout_s} s, and an EXPRESS child has {limits.EXPRESS_WORKFLOW_S_MAX}; "
            "lower its timeout, or take STANDARD"
        )
