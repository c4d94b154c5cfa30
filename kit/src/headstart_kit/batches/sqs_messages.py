"""An SQS queue as a sink of records, meant for dead letters."""

from __future__ import annotations

from headstart_kit.batches.clients import client_of
from headstart_kit.batches.json_codec import encode_line
from headstart_kit.batches.rejects import HEAD_BYTES
from headstart_kit.errors import ResourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (2026-11-25): 10
# messages at a time. A queue may be set to take less than the 1 MiB that is possible; 256 KB was the most for long.
BATCH_MESSAGES_MAX = 10
BATCH_BYTES_MAX = 256 * 1024
_ATTEMPTS = 3


class SqsMessages:
    """The queue at ``queue_url``: a message for each record, as JSON. Messages cannot be taken back: where a run fails
    and is done again, they come again.

    Of a reject that is too long for a message the ``raw`` record is cut; its offset says where to find it.
    """

    __slots__ = ("_client", "_queue_url")

    def __init__(self, queue_url: str, *, client: Any = None) -> None:
        self._queue_url = queue_url
        self._client = client

    def __call__(self, records: list[dict[str, Any]]) -> None:
        """Send the records.

        Raises:
            ResourceError: the queue refused some, three times.
            ValueError: a record is too long, and has no ``raw`` to cut.
        """
        batch: list[str] = []
        batch_bytes = 0
        for record in records:
            body = _body(record)
            size_bytes = len(body.encode())
            if batch and (len(batch) == BATCH_MESSAGES_MAX or batch_bytes + size_bytes > BATCH_BYTES_MAX):
                self._send(batch)
                batch, batch_bytes = [], 0
            batch.append(body)
            batch_bytes += size_bytes
        if batch:
            self._send(batch)

    def _send(self, bodies: list[str]) -> None:
        client = client_of("sqs", self._client)
        left = {str(number): body for number, body in enumerate(bodies)}
        for _ in range(_ATTEMPTS):
            entries = [{"Id": number, "MessageBody": body} for number, body in left.items()]
            answer = client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            failed = answer.get("Failed", [])
            left = {entry["Id"]: left[entry["Id"]] for entry in failed}
            if not left:
                return
        raise ResourceError(f"{self._queue_url} refused {len(left)} of {len(bodies)} messages: {failed[0]['Code']}")


def _body(record: dict[str, Any]) -> str:
    body = encode_line(record).decode().rstrip("\n")
    if len(body.encode()) <= BATCH_BYTES_MAX:
        return body
    if "raw" not in record:
        raise ValueError(
            f"a record of {len(body)} characters does not fit into a message; allowed: {BATCH_BYTES_MAX} bytes"
        )
    return encode_line({**record, "raw": str(record["raw"])[:HEAD_BYTES], "raw_is_cut": True}).decode().rstrip("\n")
