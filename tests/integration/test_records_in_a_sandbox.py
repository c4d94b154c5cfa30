"""The package of examples/records where memory really ends: in a sandbox of 128 MB."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from examples.records_function import FOLDER, imported

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file
from headstart.model.function import MemorySize
from headstart.model.invocation import Event, InvocationReport, Succeeded

pytestmark = pytest.mark.slow
MEMORY_MB = 128
PEOPLE = 300_000
TIMEOUT_S = 10


class Sandboxed:
    """The function, with the reports of its invocations."""

    def __init__(self, invoker: LocalInvoker) -> None:
        self._invoker = invoker
        self.reports: list[InvocationReport] = []

    async def __call__(self, **event: object) -> Any:
        """What it answers."""
        report = await self._invoker.invoke(Event(json.dumps(event).encode()))
        self.reports.append(report)
        assert isinstance(report.outcome, Succeeded), (report.outcome, [line.text for line in report.log])
        return json.loads(report.outcome.payload)


@pytest.fixture
async def function(s3: Any, bucket: str, aws_environment: dict[str, str]) -> AsyncIterator[Sandboxed]:
    s3.create_bucket(Bucket=f"{bucket}-cleaned")
    environment = {name: value for name, value in aws_environment.items() if name != "AWS_DEFAULT_REGION"}
    environment |= {"INPUT_BUCKET": bucket, "OUTPUT_BUCKET": f"{bucket}-cleaned"}
    spec = msgspec.structs.replace(
        config_file.read(FOLDER).spec, environment=environment, memory=MemorySize(MEMORY_MB), timeout_s=TIMEOUT_S
    )
    async with LocalLambda() as engine:
        yield Sandboxed(LocalInvoker(engine, await engine.deploy(spec)))


@pytest.fixture
def lines(s3: Any, bucket: str) -> Callable[[str], list[dict[str, Any]]]:
    """The lines of an object in the output bucket."""

    def lines(key: str) -> list[dict[str, Any]]:
        text = s3.get_object(Bucket=f"{bucket}-cleaned", Key=key)["Body"].read()
        return [json.loads(line) for line in text.splitlines()]

    return lines


async def test_d57_the_package_has_all_that_the_handler_imports(function: Sandboxed, s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="people.parquet", Body=b"PAR1")
    assert (await function(action="memory_test", size_mb=1))["size_mb"] == 1
    answer = await function(action="process_large_dataset", key="people.parquet")
    assert (answer["status"], "put pyarrow into the package" in answer["error"]) == (415, True)


async def test_d67_no_size_that_is_allowed_kills_the_function(function: Sandboxed):
    most_mb = (await function(action="memory_test", size_mb=1))["most_mb"]
    assert (await function(action="memory_test", size_mb=10_240))["status"] == 400
    for _ in range(3):
        answer = await function(action="memory_test", size_mb=most_mb - 1)
        assert answer["memory"]["limit_mb"] == MEMORY_MB
        assert most_mb < answer["memory"]["peak_mb"] < MEMORY_MB
    assert [report.init is not None for report in function.reports] == [True, False, False, False, False]


@pytest.mark.timeout(300)
async def test_d63_any_number_of_records_in_128_mb_over_as_many_invocations_as_it_takes(
    function: Sandboxed, lines: Callable[[str], list[dict[str, Any]]], s3: Any, bucket: str
):
    with imported("make_people") as make_people:
        people = [make_people.person(number) for number in range(PEOPLE)]
        wrong = [number for number in range(PEOPLE) if number % make_people.EVERY == make_people.EVERY - 1]
    s3.put_object(Bucket=bucket, Key="people.jsonl", Body="".join(json.dumps(person) + "\n" for person in people))
    answer: dict[str, Any] = {"resume_token": None, "finished": False}
    while not answer["finished"]:
        answer = await function(action="process_large_dataset", key="people.jsonl", resume_token=answer["resume_token"])
    assert (answer["read"], answer["cleaned"], answer["refused"]) == (PEOPLE, PEOPLE - len(wrong), len(wrong))
    refused = lines("people.jsonl.refused.jsonl")
    assert [letter["index"] for letter in refused] == wrong
    assert [json.loads(letter["raw"]) for letter in refused[:100]] == [people[number] for number in wrong[:100]]
    rest = set(range(PEOPLE)).difference(wrong)
    assert [person["id"] for person in lines("people.jsonl.clean.jsonl")] == sorted(rest)
    assert len(function.reports) > 2
    assert [report.init is not None for report in function.reports] == [True, *[False] * (len(function.reports) - 1)]
    peaks_mb = [report.max_memory_mb for report in function.reports]
    # The first invocation may end before a part of the upload is full.
    assert peaks_mb[-1] - peaks_mb[1] < 16
