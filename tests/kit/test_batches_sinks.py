"""What sinks ask of S3 and SQS, and what they make of the answers."""

import io
from typing import Any

import pytest
from kit.batches_fixture import due_after

from headstart_kit.batches.clients import client_of
from headstart_kit.batches.items import Items
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.s3_upload import PART_BYTES_MIN, S3Upload
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.sqs_messages import SqsMessages
from headstart_kit.batches.stream import process_stream
from headstart_kit.errors import DeadlineError, ResourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")


class Bucket:
    """A client of S3 that keeps objects in memory, lists parts two at a time, and gives every part a checksum."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[int, bytes] = {}
        self.completed: list[dict[str, Any]] = []

    def put_object(self, *, Body: bytes, Key: str, Bucket: str) -> None:
        self.objects[Key] = _sent(Body)

    def create_multipart_upload(self, *, Key: str, Bucket: str) -> dict[str, str]:
        return {"UploadId": "u"}

    def upload_part(self, *, PartNumber: int, Body: bytes, **_: Any) -> dict[str, str]:
        self.parts[PartNumber] = _sent(Body)
        return {"ETag": f'"{PartNumber}"', "ChecksumCRC32": f"c{PartNumber}", "ServerSideEncryption": "AES256"}

    def list_parts(self, *, PartNumberMarker: int = 0, **_: Any) -> dict[str, Any]:
        numbers = [number for number in sorted(self.parts) if number > PartNumberMarker]
        return {
            "Parts": [{"PartNumber": n, "ETag": f'"{n}"', "ChecksumCRC32": f"c{n}", "Size": 1} for n in numbers[:2]],
            "IsTruncated": len(numbers) > 2,
            "NextPartNumberMarker": numbers[:2][-1] if numbers else 0,
        }

    def complete_multipart_upload(self, *, Key: str, MultipartUpload: dict[str, Any], **_: Any) -> None:
        self.completed = MultipartUpload["Parts"]
        self.objects[Key] = b"".join(self.parts[part["PartNumber"]] for part in self.completed)

    def get_object(self, *, Key: str, Bucket: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[Key]), "ContentLength": len(self.objects[Key])}

    def delete_object(self, *, Key: str, Bucket: str) -> None:
        self.objects.pop(Key, None)


def _sent(body: Any) -> bytes:
    return body if isinstance(body, bytes) else body.read()


def test_parts_of_earlier_runs_are_completed_with_their_checksums():
    bucket = Bucket()
    sink = S3Upload("b", "k", client=bucket, part_bytes=PART_BYTES_MIN)
    writer = sink.open()
    writer.write(b"a" * (5 * PART_BYTES_MIN + 3))
    assert sorted(bucket.parts) == [1, 2, 3, 4, 5]
    state = writer.suspend()
    assert bucket.objects == {"k.resume-1": b"aaa"}
    bucket.parts[6] = b"of a run that failed after the token"
    resumed = sink.open(state)
    resumed.write(b"bb")
    resumed.finish()
    assert bucket.objects == {"k": b"a" * (5 * PART_BYTES_MIN + 3) + b"bb"}
    assert bucket.completed == [
        {"PartNumber": number, "ETag": f'"{number}"', "ChecksumCRC32": f"c{number}"} for number in range(1, 7)
    ]


def test_a_part_holds_five_megabytes():
    with pytest.raises(ValueError, match="part_bytes is 1000; allowed: 5242880 or more"):
        S3Upload("b", "k", part_bytes=1000)


def test_parts_of_a_result_have_names_of_their_own():
    assert S3Upload("b", "out.d/records.jsonl.gz").part("00001").name == "s3://b/out.d/records-00001.jsonl.gz"
    assert S3Upload("b", "records").part("x").name == "s3://b/records-x"
    assert LinesFile("/tmp/a.b/records.jsonl").part("7").path == "/tmp/a.b/records-7.jsonl"


class Queue:
    """A client of SQS that refuses messages a few times."""

    def __init__(self, *, refusals: int) -> None:
        self._refusals = refusals
        self.taken: list[str] = []
        self.sizes: list[int] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        self.sizes.append(len(Entries))
        refused = Entries[:1] if self._refusals else []
        self._refusals -= bool(refused)
        self.taken += [entry["MessageBody"] for entry in Entries[len(refused) :]]
        return {"Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in refused]} if refused else {}


def test_messages_that_a_queue_refuses_are_sent_again():
    queue = Queue(refusals=2)
    SqsMessages("url", client=queue)([{"index": number} for number in range(23)])
    assert sorted(queue.taken) == sorted(f'{{"index":{number}}}' for number in range(23))
    assert queue.sizes == [10, 1, 1, 10, 3]


def test_a_queue_that_goes_on_refusing_is_an_error():
    with pytest.raises(ResourceError, match=r"^url refused 1 of 10 messages: InternalError$"):
        SqsMessages("url", client=Queue(refusals=99))([{"index": number} for number in range(23)])


def test_messages_are_batched_by_their_bytes_too():
    queue = Queue(refusals=0)
    SqsMessages("url", client=queue)([{"raw": "x" * 100_000} for _ in range(5)])
    assert queue.sizes == [2, 2, 1]


def test_a_record_that_fits_no_message_is_an_error():
    with pytest.raises(ValueError, match="does not fit into a message; allowed: 262144 bytes"):
        SqsMessages("url", client=Queue(refusals=0))([{"text": "x" * 300_000}])


def test_a_sink_that_has_no_time_left_fails_the_run():
    """A part of the batch may be written: a token would write it twice."""

    def take(records: list[Any]) -> None:
        raise DeadlineError("0 ms are left")

    with pytest.raises(DeadlineError, match=r"^0 ms are left$"):
        process_stream(Items([1, 2]), lambda number: number, sink=take)


def test_a_client_may_be_given_made_or_to_be_made():
    queue = Queue(refusals=0)
    assert client_of("sqs", queue) is queue
    assert client_of("sqs", lambda: queue) is queue


def test_whatever_was_written_is_safe_when_a_run_stops():
    bucket = Bucket()
    sink = S3Upload("b", "k", client=bucket)
    items = [{"id": number} for number in range(100)]
    with due_after(8):
        stopped = process_stream(Items(items), dict, sink=sink, options=StreamOptions(max_records=10, reserve_ms=0))
    assert bucket.objects["k.resume-1"].count(b"\n") == stopped.written
    result = process_stream(Items(items), dict, sink=sink, resume=stopped.resume_token)
    assert result.written == 100
    assert list(bucket.objects) == ["k"]
    assert bucket.objects["k"].count(b"\n") == 100
