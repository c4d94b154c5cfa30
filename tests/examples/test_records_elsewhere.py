"""What one function does to records, done by the children of a Distributed Map and by a durable function."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from examples.records_function import FOLDER, Records, context_of, imported

PEOPLE = 80_000


@pytest.fixture
def people() -> str:
    with imported("make_people") as make_people:
        return "".join(make_people.json_lines(PEOPLE))


@pytest.fixture
def buckets(s3: Any, bucket: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    buckets = bucket, f"{bucket}-cleaned"
    s3.create_bucket(Bucket=buckets[1])
    variables = {
        "INPUT_BUCKET": bucket,
        "OUTPUT_BUCKET": buckets[1],
        # pytest is in this process, and the CDK where its tests are: above the limit every batch collects garbage
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "2048",
    }
    for name, value in (aws_environment | variables).items():
        monkeypatch.setenv(name, value)
    return buckets


@pytest.fixture
def whole(buckets: tuple[str, str], s3: Any, people: str) -> dict[str, Any]:
    """What one function answers and writes."""
    with imported("app") as app:
        records = Records(app, s3, buckets=buckets)
        records.put("people.jsonl", people)
        answer = records.process()
        lines = [records.lines(f"people.jsonl.{kind}.jsonl") for kind in ("clean", "refused")]
        for key in records.output_keys():
            s3.delete_object(Bucket=buckets[1], Key=key)
        return {"answer": answer, "clean": lines[0], "refused": lines[1]}


def test_the_state_machine_is_what_the_code_writes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INPUT_BUCKET", "incoming")
    monkeypatch.setenv("OUTPUT_BUCKET", "cleaned")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with imported("distributed") as distributed:
        written = json.dumps(distributed.state_machine(), indent=2) + "\n"
    assert (FOLDER / "state_machine.asl.json").read_text() == written


def test_the_children_of_a_map_clean_what_one_function_does(
    buckets: tuple[str, str], s3: Any, people: str, whole: dict[str, Any]
):
    machine = json.loads((FOLDER / "state_machine.asl.json").read_text())
    most = machine["States"]["ProcessRecords"]["ItemBatcher"]["MaxItemsPerBatch"]
    items = [{"Index": number, "Record": json.loads(line)} for number, line in enumerate(people.splitlines())]
    children = [{"Items": items[start : start + most]} for start in range(0, PEOPLE, most)]
    with imported("distributed") as distributed:
        records = Records(distributed, s3, buckets=buckets)
        answers = [distributed.process_part(child, None) for child in children]
        assert distributed.process_part(children[0], None) == answers[0]  # a retry writes the same again
    assert sum(answer["read"] for answer in answers) == whole["answer"]["read"]
    assert sum(answer["rejected"] for answer in answers) == whole["answer"]["refused"]
    keys = records.output_keys()
    assert [line for key in keys if ".clean." in key for line in records.lines(key)] == whole["clean"]
    refused = [line for key in keys if ".refused." in key for line in records.lines(key)]
    assert [letter["message"] for letter in refused] == [letter["message"] for letter in whole["refused"]]
    assert [letter["raw"]["Record"] for letter in refused] == [json.loads(letter["raw"]) for letter in whole["refused"]]


class Timed:
    """A handler whose invocations each have the same time."""

    def __init__(self, handler: Any, timeout_ms: int) -> None:
        self._handler = handler
        self._timeout_ms = timeout_ms
        self.is_short = timeout_ms < 60_000
        self.invocations = 0

    def __call__(self, event: Any, _context_without_time: Any) -> Any:
        self.invocations += 1
        return self._handler(event, context_of(self._timeout_ms))


@pytest.fixture(params=[60_000, 1_300], ids=["in one invocation", "in several"])
def durable(request: pytest.FixtureRequest, buckets: tuple[str, str]) -> Iterator[Timed]:
    with imported("durable") as module:
        yield Timed(module.durable_handler, request.param)


def test_a_durable_function_cleans_what_one_function_does(
    durable: Timed, buckets: tuple[str, str], s3: Any, whole: dict[str, Any]
):
    with DurableFunctionTestRunner(durable) as runner:
        result = runner.run(json.dumps({"key": "people.jsonl"}), execution_timeout=60)
    assert result.error is None
    answer = json.loads(result.result)
    records = Records(None, s3, buckets=buckets)
    assert answer["parts"] == 8
    assert (answer["read"], answer["written"], answer["rejected"]) == tuple(
        whole["answer"][name] for name in ("read", "cleaned", "refused")
    )
    keys = records.output_keys()
    assert len(keys) == 2 * answer["parts"]
    assert [line for key in keys if ".clean." in key for line in records.lines(key)] == whole["clean"]
    refused = [line["raw"] for key in keys if ".refused." in key for line in records.lines(key)]
    assert refused == [letter["raw"] for letter in whole["refused"]]
    assert (durable.invocations > 1) == durable.is_short
