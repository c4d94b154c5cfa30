"""A declaration as a Lambda durable function, run by AWS's own local runner."""

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.execution import InvocationStatus
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from kit.batches_fixture import CountedTicks, clean, content, due, lines, person

from headstart_kit.batches.contents import LocalFile
from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.declaration import Batch
from headstart_kit.batches.durable import process_durably
from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.parquet_rows import ParquetRows
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.slices import plan_slices, slice_of
from headstart_kit.deadline import Deadline
from headstart_kit.errors import SourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")

PEOPLE = 3000


def execute(handler: Any) -> Any:
    with DurableFunctionTestRunner(handler=durable_execution(handler)) as runner:
        return runner.run(input="{}", execution_timeout=60)


def batch(tmp_path: Path, source: Any = None, **options: Any) -> Batch:
    (tmp_path / "in.jsonl").write_bytes(lines(map(person, range(PEOPLE))) + b"not json\n")
    return Batch(
        source or JsonLines(LocalFile(tmp_path / "in.jsonl")),
        clean,
        sink=LinesFile(tmp_path / "out.jsonl"),
        dead_letters=LinesFile(tmp_path / "bad.jsonl"),
        options=StreamOptions(reserve_ms=0, **options),
    )


def written(tmp_path: Path) -> list[int]:
    parts = sorted(tmp_path.glob("out-*.jsonl"))
    return [json.loads(line)["id"] for part in parts for line in part.read_text().splitlines()]


@pytest.mark.parametrize(("slices", "max_concurrency"), [(1, 1), (5, 1), (8, 4)])
def test_slices_are_steps_of_a_map(tmp_path: Path, slices: int, max_concurrency: int):
    declared = batch(tmp_path)

    def handler(event: Any, context: DurableContext) -> dict[str, Any]:
        return process_durably(declared, context, slices=slices, max_concurrency=max_concurrency)

    result = execute(handler)
    assert result.status is InvocationStatus.SUCCEEDED
    counts = json.loads(result.result)
    assert counts["parts"] == slices
    assert (counts["read"], counts["written"], counts["rejected"]) == (PEOPLE + 1, PEOPLE, 1)
    assert written(tmp_path) == list(range(PEOPLE))
    assert len(list(tmp_path.glob("bad-*.jsonl"))) == 1
    assert len(list(tmp_path.iterdir())) == slices + 2


def test_a_slice_goes_on_in_the_next_invocation(tmp_path: Path):
    declared = batch(tmp_path, max_batch_bytes=16 * 1024)
    invocations = []

    def handler(event: Any, context: DurableContext) -> dict[str, Any]:
        invocations.append(event)
        with due(Deadline(14_000, margin_ms=0, ticks_s=CountedTicks(1.0))):
            return process_durably(declared, context, slices=2)

    result = execute(handler)
    assert result.status is InvocationStatus.SUCCEEDED
    assert len(invocations) > 3
    counts = json.loads(result.result)
    assert (counts["read"], counts["written"], counts["rejected"]) == (PEOPLE + 1, PEOPLE, 1)
    assert counts["bytes_read"] == (tmp_path / "in.jsonl").stat().st_size
    assert written(tmp_path) == list(range(PEOPLE))
    waits = [operation for operation in all_operations(result) if operation.name == "next invocation"]
    assert len(waits) == len(invocations) - 1


def all_operations(result: Any) -> list[Any]:
    return result.get_all_operations()


def test_a_step_that_fails_is_done_again_and_writes_the_same(tmp_path: Path):
    failures = iter([True, True, False])

    def failing_twice(record: dict[str, Any]) -> dict[str, Any]:
        if record["id"] == 2000 and next(failures, False):
            raise SystemError("not yet")
        return clean(record)

    (tmp_path / "in.jsonl").write_bytes(lines(map(person, range(PEOPLE))))
    declared = Batch(JsonLines(LocalFile(tmp_path / "in.jsonl")), failing_twice, sink=LinesFile(tmp_path / "out.jsonl"))
    result = execute(lambda event, context: process_durably(declared, context))
    assert result.status is InvocationStatus.SUCCEEDED
    assert written(tmp_path) == list(range(PEOPLE))


def test_a_slice_that_goes_on_failing_fails_the_execution(tmp_path: Path):
    (tmp_path / "in.jsonl").write_bytes(b"not json\n")
    declared = Batch(JsonLines(LocalFile(tmp_path / "in.jsonl")), clean)
    result = execute(lambda event, context: process_durably(declared, context))
    assert result.status is InvocationStatus.FAILED
    assert "dead_letters would take it" in result.error.message


@pytest.mark.parametrize(("slices", "max_concurrency"), [(0, 1), (1001, 1), (-1, 1), (1, 0), (1, -1)])
def test_numbers_out_of_range_fail_it_with_the_range(tmp_path: Path, slices: int, max_concurrency: int):
    declared = batch(tmp_path)

    def handler(event: Any, context: DurableContext) -> dict[str, Any]:
        return process_durably(declared, context, slices=slices, max_concurrency=max_concurrency)

    result = execute(handler)
    assert result.status is InvocationStatus.FAILED
    assert "; allowed: 1 " in result.error.message


def records(source: Any) -> list[Any]:
    reader, found = source.open(), []
    while (chunk := reader.read(10**6)) is not None:
        found += chunk.records
    reader.close()
    return found


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_the_slices_are_the_whole(tmp_path: Path, count: int):
    (tmp_path / "in.jsonl").write_bytes(lines({"id": number} for number in range(100)))
    pyarrow.parquet.write_table(pyarrow.table({"id": range(100)}), tmp_path / "in.parquet", row_group_size=9)
    (tmp_path / "in.csv").write_bytes(b"id\n" + b"".join(b"%d\n" % number for number in range(100)))
    for source in (
        JsonLines(LocalFile(tmp_path / "in.jsonl")),
        JsonLines(LocalFile(tmp_path / "in.jsonl"), between=(0, 10**6)),
        ParquetRows(LocalFile(tmp_path / "in.parquet")),
        ParquetRows(LocalFile(tmp_path / "in.parquet"), row_groups=(0, 12)),
        CsvRows(LocalFile(tmp_path / "in.csv")),
        Items([{"id": number} for number in range(100)]),
    ):
        planned = json.loads(json.dumps(plan_slices(source, count)))
        assert 1 <= len(planned) <= count
        found = [int(record["id"]) for part in planned for record in records(slice_of(source, part))]
        assert found == list(range(100))


def test_an_empty_source_is_one_slice(tmp_path: Path):
    (tmp_path / "in.jsonl").write_bytes(b"")
    source = JsonLines(LocalFile(tmp_path / "in.jsonl"))
    (planned,) = plan_slices(source, 5)
    assert records(slice_of(source, planned)) == []


def test_a_slice_is_read_in_the_version_of_the_plan(tmp_path: Path):
    (tmp_path / "in.jsonl").write_bytes(b'{"id": 1}\n' * 10)
    source = JsonLines(LocalFile(tmp_path / "in.jsonl"))
    _, second = plan_slices(source, 2)
    (tmp_path / "in.jsonl").write_bytes(b'{"id": 2}\n' * 11)
    with pytest.raises(SourceError, match=r"in.jsonl has changed: it was 100-\d+, now it is 110-\d+"):
        slice_of(source, second).open()


def test_what_has_no_size_cannot_be_sliced():
    with pytest.raises(SourceError, match="has no size; give a LocalFile or an S3Object"):
        plan_slices(JsonLines(content(b"{}\n")), 2)
