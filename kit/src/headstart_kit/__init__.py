"""The small library that ships inside a function: importing it loads no module but its own.

Every public name is loaded from its module at first use (PEP 562).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headstart_kit.action_routing import actions
    from headstart_kit.aws_client import boto3_client
    from headstart_kit.batches.csv_rows import CsvRows
    from headstart_kit.batches.declaration import Batch
    from headstart_kit.batches.distributed_map import MapSettings, distributed_map, process_items
    from headstart_kit.batches.durable import process_durably
    from headstart_kit.batches.jsonl import JsonLines
    from headstart_kit.batches.options import StreamOptions
    from headstart_kit.batches.parquet_rows import ParquetRows
    from headstart_kit.batches.partial_response import process_records
    from headstart_kit.batches.s3_upload import S3Upload
    from headstart_kit.batches.sinks import LinesFile
    from headstart_kit.batches.sources import source_at
    from headstart_kit.batches.sqs_messages import SqsMessages
    from headstart_kit.batches.stream import process_stream
    from headstart_kit.cache.entry import Stale
    from headstart_kit.caching import cached
    from headstart_kit.constraints import Email, Length, Pattern, Range
    from headstart_kit.deadline import Deadline
    from headstart_kit.deferring import deferred
    from headstart_kit.embedded_metrics import metrics
    from headstart_kit.errors import (
        AddressRefusedError,
        DeadlineError,
        HttpStatusError,
        InternalError,
        ItemError,
        KitError,
        PreloadError,
        ProcessDiedError,
        RecordError,
        ResourceError,
        SettingError,
        SourceError,
        TooLargeError,
        UserError,
    )
    from headstart_kit.fan_out.allow_list import AllowList
    from headstart_kit.fan_out.file_reads import read_file
    from headstart_kit.fan_out.gathering import gather, gather_async
    from headstart_kit.fan_out.http_fetch import HttpClient
    from headstart_kit.fan_out.retry import Retries
    from headstart_kit.fan_out.s3_objects import read_object, write_object
    from headstart_kit.fan_out.sql_query import SqlClient
    from headstart_kit.garbage import freeze_after_init, gc_advice
    from headstart_kit.handlers import handler
    from headstart_kit.invocations import invocation
    from headstart_kit.json_log import log
    from headstart_kit.lazy_modules import lazy_import
    from headstart_kit.memory_profile import MemoryProfile
    from headstart_kit.parallel.mapping import parallel_map
    from headstart_kit.parallel.outcomes import FailedItem
    from headstart_kit.postgresql import postgres
    from headstart_kit.preloading import preload
    from headstart_kit.redis_cache_client import redis_cache
    from headstart_kit.redis_client import redis
    from headstart_kit.resources import resource
    from headstart_kit.second_tier import read_through
    from headstart_kit.settings import Secret, read_settings

__all__ = [
    "AddressRefusedError",
    "AllowList",
    "Batch",
    "CsvRows",
    "Deadline",
    "DeadlineError",
    "Email",
    "FailedItem",
    "HttpClient",
    "HttpStatusError",
    "InternalError",
    "ItemError",
    "JsonLines",
    "KitError",
    "Length",
    "LinesFile",
    "MapSettings",
    "MemoryProfile",
    "ParquetRows",
    "Pattern",
    "PreloadError",
    "ProcessDiedError",
    "Range",
    "RecordError",
    "ResourceError",
    "Retries",
    "S3Upload",
    "Secret",
    "SettingError",
    "SourceError",
    "SqlClient",
    "SqsMessages",
    "Stale",
    "StreamOptions",
    "TooLargeError",
    "UserError",
    "actions",
    "boto3_client",
    "cached",
    "deferred",
    "distributed_map",
    "freeze_after_init",
    "gather",
    "gather_async",
    "gc_advice",
    "handler",
    "invocation",
    "lazy_import",
    "log",
    "metrics",
    "parallel_map",
    "postgres",
    "preload",
    "process_durably",
    "process_items",
    "process_records",
    "process_stream",
    "read_file",
    "read_object",
    "read_settings",
    "read_through",
    "redis",
    "redis_cache",
    "resource",
    "source_at",
    "write_object",
]

# No public name is also a module's: importing the module would put it in the name's place.
_HOMES = {
    "AddressRefusedError": "errors",
    "AllowList": "fan_out.allow_list",
    "Batch": "batches.declaration",
    "CsvRows": "batches.csv_rows",
    "Deadline": "deadline",
    "DeadlineError": "errors",
    "Email": "constraints",
    "FailedItem": "parallel.outcomes",
    "HttpClient": "fan_out.http_fetch",
    "HttpStatusError": "errors",
    "InternalError": "errors",
    "ItemError": "errors",
    "JsonLines": "batches.jsonl",
    "KitError": "errors",
    "Length": "constraints",
    "LinesFile": "batches.sinks",
    "MapSettings": "batches.distributed_map",
    "MemoryProfile": "memory_profile",
    "ParquetRows": "batches.parquet_rows",
    "Pattern": "constraints",
    "PreloadError": "errors",
    "ProcessDiedError": "errors",
    "Range": "constraints",
    "RecordError": "errors",
    "ResourceError": "errors",
    "Retries": "fan_out.retry",
    "S3Upload": "batches.s3_upload",
    "Secret": "settings",
    "SettingError": "errors",
    "SourceError": "errors",
    "SqlClient": "fan_out.sql_query",
    "SqsMessages": "batches.sqs_messages",
    "Stale": "cache.entry",
    "StreamOptions": "batches.options",
    "TooLargeError": "errors",
    "UserError": "errors",
    "actions": "action_routing",
    "boto3_client": "aws_client",
    "cached": "caching",
    "deferred": "deferring",
    "distributed_map": "batches.distributed_map",
    "freeze_after_init": "garbage",
    "gather": "fan_out.gathering",
    "gather_async": "fan_out.gathering",
    "gc_advice": "garbage",
    "handler": "handlers",
    "invocation": "invocations",
    "lazy_import": "lazy_modules",
    "log": "json_log",
    "metrics": "embedded_metrics",
    "parallel_map": "parallel.mapping",
    "postgres": "postgresql",
    "preload": "preloading",
    "process_durably": "batches.durable",
    "process_items": "batches.distributed_map",
    "process_records": "batches.partial_response",
    "process_stream": "batches.stream",
    "read_file": "fan_out.file_reads",
    "read_object": "fan_out.s3_objects",
    "read_settings": "settings",
    "read_through": "second_tier",
    "redis": "redis_client",
    "redis_cache": "redis_cache_client",
    "resource": "resources",
    "source_at": "batches.sources",
    "write_object": "fan_out.s3_objects",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
