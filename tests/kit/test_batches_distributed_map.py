"""The state machine that a declaration becomes, and the function that its children call."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from kit.batches_fixture import Kept, due_after

from headstart_kit.batches.contents import LocalFile
from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.declaration import Batch
from headstart_kit.batches.distributed_map import MapSettings, distributed_map, map_state, process_items
from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.map_sources import inventory, json_array, listed_objects
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.parquet_rows import ParquetRows
from headstart_kit.batches.s3_object import S3Object
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.stream import give_up, process_stream
from headstart_kit.errors import DeadlineError, RecordError, SourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:records:live"
GET = "arn:aws:states:::s3:getObject"
# cfn-lint's, which checks the definitions in CloudFormation templates.
SCHEMA = json.loads(files("cfnlint.data.schemas.other.step_functions").joinpath("statemachine.json").read_text())


def object_(key: str) -> S3Object:
    return S3Object("in", key, client=object())


SOURCES = {
    "JSONL": JsonLines(object_("a.jsonl")),
    "CSV": CsvRows(object_("a.csv")),
    "columns": CsvRows(object_("a.tsv"), columns=["id", "name"], delimiter="\t"),
    "PARQUET": ParquetRows(object_("a.parquet")),
    "JSON": json_array("in", "a.json"),
    "MANIFEST": inventory("in", "manifest.json"),
    "list": listed_objects("in", "day=1/"),
}


@pytest.mark.parametrize(
    ("source", "config"),
    [
        ("JSONL", {"InputType": "JSONL"}),
        ("CSV", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}),
        (
            "columns",
            {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["id", "name"],
                "CSVDelimiter": "TAB",
            },
        ),
        ("PARQUET", {"InputType": "PARQUET"}),
        ("JSON", {"InputType": "JSON"}),
        ("MANIFEST", {"InputType": "MANIFEST"}),
    ],
)
def test_each_kind_of_source_has_its_reader(source: str, config: dict[str, Any]):
    reader = map_state(Batch(SOURCES[source], dict), FUNCTION)["ItemReader"]
    assert reader["Resource"] == GET
    assert reader["ReaderConfig"] == config
    assert reader["Parameters"]["Bucket"] == "in"


def test_the_objects_under_a_prefix_are_items_too():
    assert map_state(Batch(SOURCES["list"], dict), FUNCTION)["ItemReader"] == {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": "in", "Prefix": "day=1/"},
    }


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "settings",
    [
        None,
        MapSettings(max_items=None),
        MapSettings(max_items=None, max_batch_bytes=None, results=("out", "results/")),
        # AWS takes 2.5 as well, cfn-lint does not.
        MapSettings(tolerated_failure_percentage=5, execution_type="EXPRESS", max_concurrency=10_000),
    ],
)
def test_the_definition_has_the_structure_of_the_language(source: str, settings: MapSettings | None):
    definition = distributed_map(Batch(SOURCES[source], dict), FUNCTION, settings=settings)
    jsonschema.validate(json.loads(json.dumps(definition)), SCHEMA)
    (state,) = definition["States"].values()
    assert definition["StartAt"] in definition["States"]
    assert state["End"] is True
    processor = state["ItemProcessor"]
    assert processor["StartAt"] in processor["States"]
    assert state.get("ToleratedFailurePercentage", 0) == (settings.tolerated_failure_percentage if settings else 0)


def test_the_schema_sees_a_wrong_definition():
    definition = distributed_map(Batch(SOURCES["CSV"], dict), FUNCTION)
    definition["States"]["ProcessRecords"]["MaxConcurrency"] = "many"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(definition, SCHEMA)


def test_a_child_gets_its_items_with_their_indices():
    batched = map_state(Batch(SOURCES["CSV"], dict), FUNCTION, settings=MapSettings(max_items=7))
    assert batched["ItemBatcher"] == {"MaxItemsPerBatch": 7, "MaxInputBytesPerBatch": 262_144}
    child = batched["ItemProcessor"]["States"]["ProcessItems"]
    assert child["Parameters"] == {
        "FunctionName": FUNCTION,
        "Payload": {"Items.$": "$.Items"},
    }
    assert batched["ItemSelector"] == {"Index.$": "$$.Map.Item.Index", "Record.$": "$$.Map.Item.Value"}
    assert "Lambda.TooManyRequestsException" in child["Retry"][0]["ErrorEquals"]
    one_by_one = map_state(
        Batch(SOURCES["CSV"], dict), FUNCTION, settings=MapSettings(max_items=None, max_batch_bytes=None)
    )
    assert "ItemBatcher" not in one_by_one
    payload = one_by_one["ItemProcessor"]["States"]["ProcessItems"]["Parameters"]["Payload"]
    assert payload["Items.$"] == "States.Array($)"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("max_items", 0, "1 … 100000000"),
        ("max_items", -1, "1 … 100000000"),
        ("max_items", 1.5, "1 … 100000000"),
        ("max_batch_bytes", 262_145, "1 … 262144"),
        ("max_concurrency", 10_001, "1 … 10000"),
        ("max_concurrency", 0, "1 … 10000"),
        ("tolerated_failure_percentage", 100.5, "0 … 100"),
        ("tolerated_failure_percentage", -1, "0 … 100"),
        ("execution_type", "express", "STANDARD, EXPRESS"),
    ],
)
def test_settings_out_of_range_are_refused_with_the_range(name: str, value: Any, allowed: str):
    with pytest.raises(ValueError, match=rf"^{name} is '?{value}'?; allowed: {allowed}$"):
        MapSettings(**{name: value})


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (JsonLines(LocalFile("/tmp/a.jsonl")), "/tmp/a.jsonl cannot be read by a Distributed Map"),
        (Items([]), "items cannot be read by a Distributed Map"),
        (JsonLines(object_("a.jsonl.gz")), "a.jsonl.gz is packed"),
        (JsonLines(object_("a.jsonl"), between=(0, 5)), r"a.jsonl \[0, 5\) is a part"),
        (ParquetRows(object_("a.parquet"), row_groups=(0, 5)), r"a.parquet \[row group 0, 5\) is a part"),
        (CsvRows(object_("a.csv"), delimiter=":"), "delimiter is ':'; a Distributed Map reads ',' '|' ';' ' '"),
        (CsvRows(object_("a.csv"), columns=["x" * 10_241]), "the columns have 10241 bytes; allowed .* 10240"),
    ],
)
def test_what_a_distributed_map_cannot_read_is_refused(source: Any, why: str):
    with pytest.raises((ValueError, TypeError), match=why.replace("|", r"\|")):
        distributed_map(Batch(source, dict), FUNCTION)


def test_what_only_a_distributed_map_can_read_is_no_stream():
    with pytest.raises(SourceError, match=r"s3://in/a.json .JSON. is read by a Distributed Map only"):
        process_stream(SOURCES["JSON"], dict)


def halved(record: dict[str, Any]) -> dict[str, Any] | None:
    return None if record["id"] == 4 else {"half": 10 // record["id"]}


def items(*records: Any, first: int = 0) -> dict[str, Any]:
    return {"Items": [{"Index": first + number, "Record": record} for number, record in enumerate(records)]}


def test_a_child_writes_its_part_and_says_what_it_did(tmp_path: Path):
    batch = Batch(
        SOURCES["JSONL"], halved, sink=LinesFile(tmp_path / "out.jsonl"), dead_letters=LinesFile(tmp_path / "bad")
    )
    event = items({"id": 1}, {"id": 0}, {"id": 4}, {"id": 2}, first=7000)
    for _ in range(2):
        assert process_items(batch, event) == {
            "part": "000007000",
            "read": 4,
            "written": 2,
            "dropped": 1,
            "rejected": 1,
        }
        assert sorted(file.name for file in tmp_path.iterdir()) == ["bad-000007000", "out-000007000.jsonl"]
        assert (tmp_path / "out-000007000.jsonl").read_text() == '{"half":10}\n{"half":5}\n'
        assert json.loads((tmp_path / "bad-000007000").read_text())["raw"] == {"Index": 7001, "Record": {"id": 0}}


def test_a_child_without_dead_letters_fails_with_its_record():
    kept = Kept()
    with pytest.raises(RecordError, match="ZeroDivisionError"):
        process_items(Batch(SOURCES["JSONL"], halved, sink=kept), items({"id": 0}))
    assert kept.records == []


def test_a_child_without_time_leaves_nothing(tmp_path: Path):
    batch = Batch(
        SOURCES["JSONL"],
        lambda record: record,
        sink=LinesFile(tmp_path / "out"),
        options=StreamOptions(max_records=1, reserve_ms=0),
    )
    with due_after(6), pytest.raises(DeadlineError, match=r"\d of 100 items were done; lower max_items"):
        process_items(batch, items(*({"id": number} for number in range(100))))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Items": []},
        {"Items": {}},
        {"Items": [{"id": 1}]},
        {"Items": [{"Index": "../a", "Record": 1}]},
        {"Items": [{"Index": -1, "Record": 1}]},
        {"Items": [{"Index": 1}]},
    ],
)
def test_another_event_is_refused(event: dict[str, Any]):
    with pytest.raises(ValueError, match="the event has to have Items, a list of objects with Index and Record"):
        process_items(Batch(SOURCES["JSONL"], dict), event)


def test_a_stopped_run_can_be_given_up(tmp_path: Path):
    batch = Batch(
        Items([{"id": number} for number in range(50)]),
        halved,
        sink=LinesFile(tmp_path / "out"),
        dead_letters=LinesFile(tmp_path / "bad"),
        options=StreamOptions(max_records=1, reserve_ms=0),
    )
    with due_after(8):
        stopped = process_stream(
            batch.source, halved, sink=batch.sink, dead_letters=batch.dead_letters, options=batch.options
        )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.part", "out.part"]
    give_up(batch, stopped.resume_token)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SourceError, match=r"out.part is not there"):
        give_up(batch, stopped.resume_token)
