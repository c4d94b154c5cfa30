"""Partial batch responses, against an event source mapping that hands out again what they name."""

import base64
import json
import logging
from typing import Any

import pytest
from kit.batches_fixture import CountedTicks, due

from headstart_kit.batches.partial_response import process_records
from headstart_kit.deadline import Deadline

pytestmark = pytest.mark.usefixtures("room_beside_pytest")

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"


def message(number: int, *, group: str | None = None, queue: str = QUEUE) -> dict[str, Any]:
    attributes = {"MessageGroupId": group} if group else {}
    return {
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "messageId": f"m{number}",
        "attributes": attributes,
        "body": json.dumps({"number": number}),
    }


def change(number: int) -> dict[str, Any]:
    return {
        "eventSource": "aws:dynamodb",
        "dynamodb": {"SequenceNumber": f"s{number}", "NewImage": {"number": {"N": str(number)}}},
    }


def datum(number: int) -> dict[str, Any]:
    data = base64.b64encode(json.dumps({"number": number}).encode()).decode()
    return {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": f"s{number}", "data": data}}


class Handling:
    """Handles records, fails for some, and remembers the order."""

    def __init__(self, *failing: int) -> None:
        self.failing = set(failing)
        self.done: list[int] = []

    def __call__(self, data: dict[str, Any]) -> None:
        number = int(data["new"]["number"] if "new" in data else data["number"])
        if number in self.failing:
            raise RuntimeError(f"{number} fails")
        self.done.append(number)


def failed(response: dict[str, Any]) -> list[str]:
    assert list(response) == ["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_of_a_queue_only_the_failed_messages_come_again(caplog: pytest.LogCaptureFixture):
    handling = Handling(1, 3)
    with caplog.at_level(logging.WARNING):
        response = process_records({"Records": [message(number) for number in range(5)]}, handling)
    assert failed(response) == ["m1", "m3"]
    assert handling.done == [0, 2, 4]
    assert [record.getMessage() for record in caplog.records] == ["record m1 failed", "record m3 failed"]
    assert caplog.records[0].exc_info


def test_a_batch_of_failures_is_a_response():
    response = process_records({"Records": [message(number) for number in range(3)]}, Handling(0, 1, 2))
    assert failed(response) == ["m0", "m1", "m2"]


def test_all_well_is_an_empty_list():
    assert process_records({"Records": [message(0)]}, Handling()) == {"batchItemFailures": []}
    assert process_records({"Records": []}, Handling()) == {"batchItemFailures": []}


def test_a_body_that_is_no_json_is_a_failed_message():
    bad = message(1) | {"body": "{"}
    assert failed(process_records({"Records": [message(0), bad, message(2)]}, Handling())) == ["m1"]


def test_whole_records_are_given_on_demand():
    seen = []
    process_records({"Records": [message(0)]}, seen.append, whole_records=True)
    assert seen == [message(0)]


def test_of_a_fifo_queue_a_group_stops_at_its_failure_and_others_go_on():
    groups = "aabbab"
    handling = Handling(1)
    records = [message(number, group=group, queue=QUEUE + ".fifo") for number, group in enumerate(groups)]
    assert failed(process_records({"Records": records}, handling)) == ["m1", "m4"]
    assert handling.done == [0, 2, 3, 5]


def test_groups_of_a_queue_without_order_stop_nothing():
    handling = Handling(0)
    records = [message(number, group="a") for number in range(3)]
    assert failed(process_records({"Records": records}, handling)) == ["m0"]
    assert handling.done == [1, 2]


@pytest.mark.parametrize("record", [change, datum])
def test_a_stream_begins_again_from_the_first_failure(record: Any):
    handling = Handling(2, 4)
    response = process_records({"Records": [record(number) for number in range(6)]}, handling)
    assert failed(response) == ["s2"]
    assert handling.done == [0, 1]


@pytest.mark.parametrize(
    ("record", "left"), [(message, [f"m{number}" for number in range(3, 8)]), (change, ["s3"]), (datum, ["s3"])]
)
def test_what_there_is_no_time_for_comes_again(record: Any, left: list[str], caplog: pytest.LogCaptureFixture):
    handling = Handling()
    with due(Deadline(7500, margin_ms=0, ticks_s=CountedTicks(1.0))), caplog.at_level(logging.WARNING):
        response = process_records({"Records": [record(number) for number in range(8)]}, handling)
    assert failed(response) == left
    assert handling.done == [0, 1, 2]
    assert caplog.messages == ["5 records are left for later: 500 ms are left"]


def test_nothing_is_begun_that_may_be_cut_off():
    ticks = CountedTicks(0.0)

    def slow(data: dict[str, Any]) -> None:
        ticks._now_s += 1.0
        done.append(data["number"])

    done: list[int] = []
    with due(Deadline(3500, margin_ms=0, ticks_s=ticks)):
        response = process_records({"Records": [message(number) for number in range(9)]}, slow)
    assert done == [0, 1, 2]
    assert len(failed(response)) == 6


@pytest.mark.parametrize("missing", ["messageId", "kinesis", "dynamodb"])
def test_a_record_without_identifier_fails_the_batch_before_anything_is_done(missing: str):
    record = {"messageId": message, "kinesis": datum, "dynamodb": change}[missing](1)
    del record[missing]
    handling = Handling()
    with pytest.raises(ValueError, match="has no identifier, so Lambda could not be told that it failed"):
        process_records(
            {"Records": [{**record, "messageId": "x"} if missing != "messageId" else message(0), record]}, handling
        )
    assert handling.done == []


class Mapping:
    """An event source mapping: hands out batches, and again what a response names, as AWS documents it."""

    def __init__(self, records: list[dict[str, Any]], *, batch: int) -> None:
        self._waiting = records
        self._batch = batch

    def drain(self, handle: Any, *, invocations: int) -> int:
        for invocation in range(invocations):
            if not self._waiting:
                return invocation
            given, rest = self._waiting[: self._batch], self._waiting[self._batch :]
            again = set(failed(handle({"Records": given}, invocation)))
            if given[0]["eventSource"] != "aws:sqs":
                first = next((at for at, record in enumerate(given) if _identifier(record) in again), len(given))
                self._waiting = given[first:] + rest
            else:
                self._waiting = [record for record in given if _identifier(record) in again] + rest
        return invocations


def _identifier(record: dict[str, Any]) -> str:
    if record["eventSource"] == "aws:sqs":
        return record["messageId"]
    return record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"]


@pytest.mark.parametrize("kind", ["queue", "fifo", "stream"])
def test_with_failures_that_pass_every_record_is_done_once_and_in_order(kind: str):
    groups = ["a", "b", "c"]
    made = {
        "queue": message,
        "fifo": lambda number: message(number, group=groups[number % 3], queue=QUEUE + ".fifo"),
        "stream": change,
    }[kind]
    done: list[int] = []

    def handle(event: dict[str, Any], invocation: int) -> dict[str, Any]:
        def fn(data: dict[str, Any]) -> None:
            number = int(data["new"]["number"] if kind == "stream" else data["number"])
            if (number * 7 + invocation) % 5 == 0:
                raise RuntimeError("not this time")
            done.append(number)

        return process_records(event, fn)

    assert Mapping([made(number) for number in range(60)], batch=7).drain(handle, invocations=200) < 200
    assert sorted(done) == list(range(60))
    if kind == "stream":
        assert done == list(range(60))
    if kind == "fifo":
        for group in range(3):
            assert [number for number in done if number % 3 == group] == list(range(group, 60, 3))
