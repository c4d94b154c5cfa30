"""The records of the events of SQS, Kinesis and DynamoDB: what is in them, and what Lambda calls them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, with-kinesis.html, with-ddb.html (2026-11-25).
"""

from __future__ import annotations

import json

from headstart_kit.batches.items import Items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SQS, KINESIS, DYNAMODB = "aws:sqs", "aws:kinesis", "aws:dynamodb"


def records_of(event: Any) -> list[dict[str, Any]]:
    """The records of an event, all from one event source.

    Raises:
        ValueError: it is no event of SQS, Kinesis or DynamoDB.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError("the event has no list of Records; expected: an event of SQS, Kinesis or DynamoDB")
    unknown = {str(record.get("eventSource")) for record in records} - {SQS, KINESIS, DYNAMODB}
    if unknown:
        raise ValueError(f"the records are of {', '.join(sorted(unknown))}; known: {SQS}, {KINESIS}, {DYNAMODB}")
    return records


def event_items(event: Any) -> Items:
    """The event as a source of ``process_stream``: the data of each record; one that cannot be read is rejected.

    Raises:
        ValueError: as ``records_of``.
    """
    records = records_of(event)
    name = f"{records[0]['eventSource']} from {identifier_of(records[0])}" if records else "an event without records"
    return Items(records, name=name, read=data_of)


def identifier_of(record: dict[str, Any]) -> str:
    """What a partial batch response calls the record: a message id, or a sequence number.

    Raises:
        ValueError: it has none.
    """
    source = record["eventSource"]
    if source == SQS:
        found = record.get("messageId")
    elif source == KINESIS:
        found = record.get("kinesis", {}).get("sequenceNumber")
    else:
        found = record.get("dynamodb", {}).get("SequenceNumber")
    if not found or not isinstance(found, str):
        raise ValueError(f"a record of {source} has no identifier, so Lambda could not be told that it failed")
    return found


def data_of(record: dict[str, Any]) -> Any:
    """What is in the record: the JSON value of a message or of Kinesis data; of DynamoDB a dict with ``event`` (INSERT,
    MODIFY, REMOVE), ``keys``, ``new`` and ``old``, in plain values.

    Raises:
        ValueError: it is no JSON, or not Base64.
    """
    source = record["eventSource"]
    if source == SQS:
        return json.loads(record["body"])
    if source == KINESIS:
        import base64

        return json.loads(base64.b64decode(record["kinesis"]["data"], validate=True))
    change = record["dynamodb"]
    return {
        "event": record.get("eventName"),
        "keys": plain_item(change.get("Keys")),
        "new": plain_item(change.get("NewImage")),
        "old": plain_item(change.get("OldImage")),
    }


def plain_item(image: dict[str, Any] | None) -> dict[str, Any] | None:
    """A DynamoDB item in plain values; None where there is none.

    Raises:
        ValueError: it has a type that DynamoDB does not.
    """
    return None if image is None else {name: _plain(value) for name, value in image.items()}


def _plain(value: dict[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    if kind in {"S", "BOOL"}:
        return inner
    if kind == "NULL":
        return None
    if kind == "N":
        return _number(inner)
    if kind == "B":
        return _binary(inner)
    if kind == "M":
        return plain_item(inner)
    if kind == "L":
        return [_plain(element) for element in inner]
    if kind in {"SS", "NS", "BS"}:
        return [_plain({kind[0]: element}) for element in inner]
    raise ValueError(f"{kind} is no type of DynamoDB's")


def _number(text: str) -> Any:
    from decimal import Decimal

    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


def _binary(text: str | bytes) -> bytes:
    import base64

    return base64.b64decode(text)
