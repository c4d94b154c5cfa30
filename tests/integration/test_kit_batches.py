"""Batch runs from S3 to S3, over resumed runs, broken connections and failures, against moto's server."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyarrow
import pyarrow.parquet
import pytest
from botocore.config import Config
from kit.batches_fixture import Kept, clean, due_after, lines, person

from headstart_kit.aws_client import boto3_client
from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.s3_object import S3Object
from headstart_kit.batches.s3_upload import PART_BYTES_MIN, S3Upload
from headstart_kit.batches.sources import source_at
from headstart_kit.batches.sqs_messages import SqsMessages
from headstart_kit.batches.stream import process_stream
from headstart_kit.errors import SourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")

PEOPLE = 120_000


@pytest.fixture(scope="module")
def people() -> bytes:
    """13 MB: its result takes two parts and a rest."""
    return lines(map(person, range(PEOPLE)))


@pytest.fixture(scope="module")
def cleaned(people: bytes) -> bytes:
    written = (json.dumps(clean(json.loads(line)), separators=(",", ":")) for line in people.splitlines())
    return "".join(line + "\n" for line in written).encode()


def upload(s3: Any, bucket: str, key: str = "out/clean.jsonl") -> S3Upload:
    return S3Upload(bucket, key, client=s3, part_bytes=PART_BYTES_MIN)


def body(s3: Any, bucket: str, key: str = "out/clean.jsonl") -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def keys(s3: Any, bucket: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def uploads(s3: Any, bucket: str) -> list[Any]:
    return s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])


def test_a_large_result_is_uploaded_in_parts(s3: Any, bucket: str, people: bytes, cleaned: bytes):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people)
    result = process_stream(
        source_at(f"s3://{bucket}/in.jsonl", client=s3),
        clean,
        sink=upload(s3, bucket),
        dead_letters=upload(s3, bucket, "out/rejected.jsonl"),
    )
    assert (result.read, result.written, result.finished) == (PEOPLE, PEOPLE, True)
    assert (result.bytes_read, result.bytes_written) == (len(people), len(cleaned))
    assert body(s3, bucket) == cleaned
    assert s3.head_object(Bucket=bucket, Key="out/clean.jsonl")["ETag"].endswith('-3"')
    assert keys(s3, bucket) == ["in.jsonl", "out/clean.jsonl"]


@pytest.mark.slow
def test_resumed_runs_upload_the_same_object(s3: Any, bucket: str, people: bytes, cleaned: bytes):
    spoilt = b"not json\n" + people + b"{}\n"
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=spoilt)
    token, runs, finished = None, 0, False
    while not finished:
        with due_after(60 + 150 * (runs % 3)):
            result = process_stream(
                source_at(f"s3://{bucket}/in.jsonl", client=s3),
                clean,
                sink=upload(s3, bucket),
                dead_letters=upload(s3, bucket, "out/rejected.jsonl"),
                resume=token,
                options=StreamOptions(max_batch_bytes=32 * 1024, reserve_ms=0),
            )
        token, finished, runs = result.resume_token, result.finished, runs + 1
        assert len(token or "") < 2000
    assert runs >= 4
    assert (result.read, result.written, result.rejected) == (PEOPLE + 2, PEOPLE, 2)
    assert body(s3, bucket) == cleaned
    rejected = [json.loads(line) for line in body(s3, bucket, "out/rejected.jsonl").splitlines()]
    assert [(reject["index"], reject["offset"]) for reject in rejected] == [(0, 0), (PEOPLE + 1, len(people) + 9)]
    assert keys(s3, bucket) == ["in.jsonl", "out/clean.jsonl", "out/rejected.jsonl"]
    assert uploads(s3, bucket) == []


def stopped_once(s3: Any, bucket: str) -> str:
    with due_after(70):
        result = process_stream(
            source_at(f"s3://{bucket}/in.jsonl", client=s3),
            clean,
            sink=upload(s3, bucket),
            options=StreamOptions(max_batch_bytes=256 * 1024, reserve_ms=0),
        )
    assert result.resume_token
    return result.resume_token


def test_a_token_may_be_used_again_until_the_result_is_whole(s3: Any, bucket: str, people: bytes, cleaned: bytes):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people)
    token = stopped_once(s3, bucket)

    def failing(record: dict[str, Any]) -> dict[str, Any]:
        if record["id"] == PEOPLE - 1:
            raise ValueError("there are no dead letters")
        return clean(record)

    source = source_at(f"s3://{bucket}/in.jsonl", client=s3)
    for _ in range(2):
        with pytest.raises(Exception, match="there are no dead letters"):
            process_stream(source, failing, sink=upload(s3, bucket), resume=token)
        assert len(uploads(s3, bucket)) == 1
    result = process_stream(source, clean, sink=upload(s3, bucket), resume=token)
    assert result.written == PEOPLE
    assert body(s3, bucket) == cleaned
    assert keys(s3, bucket) == ["in.jsonl", "out/clean.jsonl"]
    with pytest.raises(
        SourceError, match=r"kept of s3://.*/out/clean.jsonl is gone \(NoSuchUpload\): the result is whole"
    ):
        process_stream(source, clean, sink=upload(s3, bucket), resume=token)


def test_a_run_that_fails_leaves_no_upload(s3: Any, bucket: str, people: bytes):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people + b"{")
    with pytest.raises(Exception, match="dead_letters would take it"):
        process_stream(source_at(f"s3://{bucket}/in.jsonl", client=s3), clean, sink=upload(s3, bucket))
    assert uploads(s3, bucket) == []
    assert keys(s3, bucket) == ["in.jsonl"]


def test_an_object_that_changed_is_not_gone_on_with(s3: Any, bucket: str, people: bytes):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people)
    token = stopped_once(s3, bucket)
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people + b"{}\n")
    with pytest.raises(SourceError, match=r"in.jsonl has changed: it was \"\w+\", now it is \"\w+\"; begin again"):
        process_stream(source_at(f"s3://{bucket}/in.jsonl", client=s3), clean, sink=upload(s3, bucket), resume=token)


def test_a_small_result_is_one_object_and_an_empty_one_too(s3: Any, bucket: str):
    sink = S3Upload(bucket, "a", client=s3)
    process_stream(Items([{"a": "é"}]), dict, sink=sink)
    assert body(s3, bucket, "a") == '{"a":"é"}\n'.encode()
    process_stream(Items([]), dict, sink=sink)
    assert body(s3, bucket, "a") == b""


def test_a_token_at_the_very_end_of_an_object_ends_the_run(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=b'{"a": 1}\n')
    source = source_at(f"s3://{bucket}/in.jsonl", client=s3)
    with due_after(4):
        stopped = process_stream(source, dict, sink=upload(s3, bucket), options=StreamOptions(reserve_ms=0))
    assert (stopped.finished, stopped.read) == (False, 1)
    result = process_stream(source, dict, sink=upload(s3, bucket), resume=stopped.resume_token)
    assert (result.finished, result.read, body(s3, bucket)) == (True, 1, b'{"a":1}\n')


@pytest.mark.parametrize(
    ("key", "error"), [("nothing.jsonl", "NoSuchKey"), ("nothing.csv.gz", "NoSuchKey"), ("nothing.parquet", "404")]
)
def test_an_object_that_is_not_there_is_an_error(s3: Any, bucket: str, key: str, error: str):
    with pytest.raises(SourceError, match=rf"{key} cannot be read: {error}"):
        process_stream(source_at(f"s3://{bucket}/{key}", client=s3), dict)


def test_parquet_is_read_by_ranges_and_gone_on_with(s3: Any, bucket: str):
    table = pyarrow.table({"id": list(range(300_000)), "text": [f"text {number}" for number in range(300_000)]})
    written = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, written, row_group_size=50_000, compression="none")
    s3.put_object(Bucket=bucket, Key="in.parquet", Body=written.getvalue().to_pybytes())
    asked: list[str] = []
    s3.meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: asked.append(params["headers"].get("Range"))
    )
    source = source_at(f"s3://{bucket}/in.parquet", client=s3)
    kept, token = Kept(), None
    for looks in (50, 90, 10**6):
        with due_after(looks):
            result = process_stream(source, dict, sink=kept, resume=token, options=StreamOptions(reserve_ms=0))
        token = result.resume_token
    assert [record["id"] for record in kept.records] == list(range(300_000))
    assert kept.records[-1] == {"id": 299_999, "text": "text 299999"}
    assert all(asked)
    assert len(asked) < 40


class Cutting:
    """A relay on loopback that cuts its first connections, each after so many bytes of the answer; 0 is after its
    headers."""

    def __init__(self, port: int, *, cuts: list[int]) -> None:
        self._to = port
        self._cuts = cuts
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            left = self._cuts.pop(0) if self._cuts else 10**12
            threading.Thread(target=_relay, args=(client, server, 10**12), daemon=True).start()
            threading.Thread(target=_relay, args=(server, client, left), daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _relay(source: socket.socket, to: socket.socket, left: int) -> None:
    headers = b""
    try:
        while left == 0 and not headers.endswith(b"\r\n\r\n") and (byte := source.recv(1)):
            headers += byte
            to.sendall(byte)
        while left > 0 and (data := source.recv(min(65536, left))):
            to.sendall(data)
            left -= len(data)
    except OSError:
        pass
    finally:
        for end in (source, to):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                end.close()


@contextmanager
def at_port(port: int) -> Iterator[Any]:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def through(relay: Cutting) -> Iterator[Any]:
    try:
        with at_port(relay.port) as client:
            yield client
    finally:
        relay.close()


def test_a_connection_that_breaks_is_made_anew(
    s3: Any, bucket: str, people: bytes, cleaned: bytes, aws_environment: Any
):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people)
    port = urlsplit(aws_environment["AWS_ENDPOINT_URL"]).port
    with through(Cutting(port, cuts=[3_000_000, 50_000, 5_000_000])) as client:
        source = JsonLines(S3Object(bucket, "in.jsonl", client=client))
        kept = Kept()
        result = process_stream(source, clean, sink=kept)
    assert result.read == PEOPLE
    assert lines(kept.records).replace(b": ", b":").replace(b", ", b",") == cleaned


def test_a_connection_that_breaks_without_progress_is_given_up(
    s3: Any, bucket: str, people: bytes, aws_environment: Any
):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people)
    port = urlsplit(aws_environment["AWS_ENDPOINT_URL"]).port
    with (
        through(Cutting(port, cuts=[500_000, 0, 0, 0])) as client,
        pytest.raises(SourceError, match="broke off at byte"),
    ):
        process_stream(JsonLines(S3Object(bucket, "in.jsonl", client=client)), clean)


def test_s3_that_cannot_be_reached_is_an_error(bucket: str):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    unreachable = r"in.jsonl cannot be reached: Could not connect to the endpoint"
    with at_port(port) as client, pytest.raises(SourceError, match=unreachable):
        process_stream(JsonLines(S3Object(bucket, "in.jsonl", client=client)), clean)


def test_an_object_that_changes_while_it_is_read_is_noticed(s3: Any, bucket: str, people: bytes, aws_environment: Any):
    s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people)
    port = urlsplit(aws_environment["AWS_ENDPOINT_URL"]).port

    def transform(record: dict[str, Any]) -> dict[str, Any]:
        if record["id"] == 100:
            s3.put_object(Bucket=bucket, Key="in.jsonl", Body=people[:-1000])
        return record

    with through(Cutting(port, cuts=[1_000_000])) as client, pytest.raises(SourceError, match="jsonl has changed"):
        process_stream(JsonLines(S3Object(bucket, "in.jsonl", client=client)), transform)


def test_dead_letters_go_to_a_queue(bucket: str, aws_client: Callable[[str], Any]):
    queues = aws_client("sqs")
    url = queues.create_queue(QueueName=bucket)["QueueUrl"]
    long = "x" * 300_000
    items = [{"id": number, "text": long if number == 7 else "short"} for number in range(25)]

    def refuse(record: dict[str, Any]) -> None:
        raise ValueError("no")

    result = process_stream(Items(items), refuse, dead_letters=SqsMessages(url, client=queues))
    assert result.rejected == 25
    found = []
    while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert sorted(reject["index"] for reject in found) == list(range(25))
    cut = next(reject for reject in found if reject["index"] == 7)
    assert cut["raw_is_cut"]
    assert len(cut["raw"]) == 1000


def test_the_clients_of_the_kit_serve(
    s3: Any, bucket: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    s3.put_object(Bucket=bucket, Key="in.csv", Body=b"id,name\n1,a\n2,b\n")
    client = boto3_client("s3", eager=False)
    kept = Kept()
    process_stream(CsvRows(S3Object(bucket, "in.csv", client=client)), dict, sink=kept)
    process_stream(source_at(f"s3://{bucket}/in.csv"), dict, sink=S3Upload(bucket, "out.jsonl"))
    assert kept.records == [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]
    assert body(s3, bucket, "out.jsonl") == b'{"id":"1","name":"a"}\n{"id":"2","name":"b"}\n'
