"""Partial batch responses: which records of an event Lambda has to hand out again.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html,
services-kinesis-batchfailurereporting.html, services-ddb-batchfailurereporting.html (2026-11-25). The event source
mapping needs ``FunctionResponseTypes: [ReportBatchItemFailures]``; without it the response means nothing.
"""

from __future__ import annotations

import logging

from headstart_kit import deadline
from headstart_kit.batches.batch_size import Cautious
from headstart_kit.batches.event_records import SQS, data_of, identifier_of, records_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Batch: TypeAlias = list[tuple[str, dict[str, Any]]]

_log = logging.getLogger(__name__)


def process_records(
    event: Any, fn: Callable[[Any], object], *, whole_records: bool = False
) -> dict[str, list[dict[str, str]]]:
    """Call ``fn`` with the data of each record (``whole_records``: with the record), and answer Lambda with those that
    failed: ``{"batchItemFailures": [{"itemIdentifier": ...}]}``. Each failure is logged with its identifier.

    SQS: only the failed messages come again. FIFO queues: after a failure the rest of its message group is left for
    later, in order; other groups go on. Kinesis and DynamoDB: all from the first failure on come again, so nothing
    after it is begun. A record for which the time left may be too short is not begun either, nor any after it; they
    come again. The response may name every record: to Lambda that is a batch that failed.

    Raises:
        ValueError: the event is of none of these, or a record has no identifier; Lambda then hands out all again.
    """
    batch = [(identifier_of(record), record) for record in records_of(event)]
    attempts = _Attempts(fn, whole_records=whole_records)
    from_queue = bool(batch) and batch[0][1]["eventSource"] == SQS
    failed = _failed_of_queue(batch, attempts) if from_queue else _failed_of_stream(batch, attempts)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


class _Attempts:
    """Calls of ``fn``, timed, so that none begins that is likely to be cut off."""

    __slots__ = ("_due", "_fn", "_left_ms", "_took_ms", "_whole_records")

    def __init__(self, fn: Callable[[Any], object], *, whole_records: bool) -> None:
        self._fn = fn
        self._whole_records = whole_records
        self._due = deadline.current()
        self._left_ms = deadline.NEVER_S
        self._took_ms = Cautious()

    def have_time(self, *, left: int) -> bool:
        """Whether there is time for another; where there is not, ``left`` records are logged to be left."""
        self._left_ms = self._due.remaining_ms
        if self._left_ms > self._took_ms.value:
            return True
        _log.warning("%d records are left for later: %.0f ms are left", left, self._left_ms)
        return False

    def succeed(self, identifier: str, record: dict[str, Any]) -> bool:
        """Whether the record could be read and ``fn`` returned."""
        try:
            self._fn(record if self._whole_records else data_of(record))
        except Exception:
            _log.exception("record %s failed", identifier)
            return False
        finally:
            # By the clock of the deadline; where there is none, time does not matter.
            if self._left_ms < deadline.NEVER_S:
                self._took_ms.learn(self._left_ms - self._due.remaining_ms)
        return True


def _failed_of_stream(batch: Batch, attempts: _Attempts) -> list[str]:
    """The record to begin again from, if any: Lambda would begin from the lowest of several."""
    for number, (identifier, record) in enumerate(batch):
        if not attempts.have_time(left=len(batch) - number) or not attempts.succeed(identifier, record):
            return [identifier]
    return []


def _failed_of_queue(batch: Batch, attempts: _Attempts) -> list[str]:
    """The messages to hand out again."""
    failed: list[str] = []
    stopped_groups: set[str] = set()
    for number, (identifier, record) in enumerate(batch):
        if not attempts.have_time(left=len(batch) - number):
            return failed + [identifier for identifier, _ in batch[number:]]
        group = _group_of(record)
        if group in stopped_groups or not attempts.succeed(identifier, record):
            failed.append(identifier)
            if group is not None:
                stopped_groups.add(group)
    return failed


def _group_of(record: dict[str, Any]) -> str | None:
    """The message group of a FIFO queue. Messages of other queues may name a group too, but have no order."""
    if not str(record.get("eventSourceARN")).endswith(".fifo"):
        return None
    group: str | None = record.get("attributes", {}).get("MessageGroupId")
    return group
