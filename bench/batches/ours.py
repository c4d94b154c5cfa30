"""The same transformation by the kit, from and to files or S3; the function under test."""

from typing import Any

from headstart_kit import deadline
from headstart_kit.batches.s3_upload import S3Upload
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.sources import source_at
from headstart_kit.batches.stream import process_stream
from headstart_kit.deadline import Deadline


def clean(record: dict[str, Any]) -> dict[str, Any]:
    name = record["name"].strip().title()
    email = record["email"].strip().lower()
    if not name:
        raise ValueError("the name is empty")
    if "@" not in email:
        raise ValueError("the e-mail has no @")
    return {
        "id": record["id"],
        "name": name,
        "email": email,
        "age": int(record["age"]),
        "score": float(record["score"]),
    }


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    deadline.begin(Deadline.of(context))
    result = process_stream(
        source_at(event["input"]),
        clean,
        sink=_sink(event["output"]),
        dead_letters=_sink(event["rejected"]),
        resume=event.get("resume"),
    )
    return result.as_dict()


def _sink(address: str) -> Any:
    if not address.startswith("s3://"):
        return LinesFile(address)
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return S3Upload(bucket, key)
