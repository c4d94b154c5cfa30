"""The kit with Polars: whole lines go through as text, in blocks of 4 MB."""

from typing import Any

import polars

from headstart_kit import deadline
from headstart_kit.batches.contents import LocalFile
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.stream import process_stream
from headstart_kit.deadline import Deadline

_SCHEMA = {"id": polars.Int64, **dict.fromkeys(("name", "email", "age", "score"), polars.String)}
_OPTIONS = StreamOptions(takes="text", max_batch_bytes=4 * 1024 * 1024)


def clean(text: bytes) -> bytes:
    frame = polars.read_ndjson(text, schema=_SCHEMA).select(
        "id",
        polars.col("name").str.strip_chars().str.to_titlecase(),
        polars.col("email").str.strip_chars().str.to_lowercase(),
        polars.col("age").cast(polars.Int64),
        polars.col("score").cast(polars.Float64),
    )
    if not frame.select(
        (polars.col("email").str.contains("@", literal=True) & (polars.col("name") != "")).all()
    ).item():
        raise ValueError("the name is empty, or the e-mail has no @")
    return frame.write_ndjson().encode()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    deadline.begin(Deadline.of(context))
    source = JsonLines(LocalFile(event["input"]), parsed=False)
    sink, rejected = LinesFile(event["output"]), LinesFile(event["rejected"])
    return process_stream(source, clean, sink=sink, dead_letters=rejected, options=_OPTIONS).as_dict()
