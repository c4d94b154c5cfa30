"""Distributed Maps that moto can execute, with a real function behind them.

moto 5.2 knows no ItemBatcher, no JSONL, PARQUET or MANIFEST, and counts a failed child as a success: of those the unit
tests check the definition, against cfn-lint's schema.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from state_machines import Front, state_machines

from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.declaration import Batch
from headstart_kit.batches.distributed_map import MapSettings, distributed_map, process_items
from headstart_kit.batches.map_sources import json_array, listed_objects
from headstart_kit.batches.s3_object import S3Object
from headstart_kit.batches.s3_upload import S3Upload

pytestmark = pytest.mark.usefixtures("room_beside_pytest")

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:records"
ONE_BY_ONE = MapSettings(max_items=None, max_batch_bytes=None, max_concurrency=4, results=("records", "results/"))


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with state_machines() as front:
        front.client("s3").create_bucket(Bucket="records")
        yield front


def halved(record: dict[str, Any]) -> dict[str, Any] | None:
    number = int(record["id"])
    return None if number == 4 else {"id": number, "half": 100 // number}


def run(front: Front, source: Any, *, key: str, transform: Any = halved) -> tuple[list[Any], list[Any], list[Any]]:
    """Execute the map; what the children returned, the parts of the result, and of the dead letters."""
    s3 = front.client("s3")
    returned = []
    batch = Batch(
        source,
        transform,
        sink=S3Upload("records", f"{key}/out.jsonl", client=s3),
        dead_letters=S3Upload("records", f"{key}/bad.jsonl", client=s3),
    )

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        returned.append(process_items(batch, event))
        return returned[-1]

    front.functions[FUNCTION] = handler
    execution = front.execute(distributed_map(batch, FUNCTION, settings=ONE_BY_ONE))
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["ResultWriterDetails"]["Bucket"] == "records"
    return returned, parts(s3, f"{key}/out-"), parts(s3, f"{key}/bad-")


def parts(s3: Any, prefix: str) -> list[Any]:
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="records", Prefix=prefix).get("Contents", [])]
    texts = [s3.get_object(Bucket="records", Key=key)["Body"].read() for key in keys]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def check(returned: list[Any], results: list[Any], dead: list[Any]) -> None:
    assert sum(part["read"] for part in returned) == 12
    assert [part["part"] for part in sorted(returned, key=lambda part: part["part"])] == [f"{n:09}" for n in range(12)]
    assert results == [{"id": n, "half": 100 // n} for n in range(12) if n not in (0, 4)]
    assert [(reject["error"], reject["raw"]["Index"]) for reject in dead] == [("ZeroDivisionError", 0)]


def test_the_rows_of_a_csv(front: Front):
    text = b"id,name\n" + b"".join(b"%d,n%d\n" % (n, n) for n in range(12))
    front.client("s3").put_object(Bucket="records", Key="in.csv", Body=text)
    check(*run(front, CsvRows(S3Object("records", "in.csv")), key="csv"))


def test_the_rows_of_a_csv_whose_names_are_given(front: Front):
    text = b"".join(b"%d;n%d\n" % (n, n) for n in range(12)).replace(b";", b",")
    front.client("s3").put_object(Bucket="records", Key="bare.csv", Body=text)
    check(*run(front, CsvRows(S3Object("records", "bare.csv"), columns=["id", "name"]), key="bare"))


def test_the_elements_of_a_json_file(front: Front):
    text = json.dumps([{"id": n} for n in range(12)])
    front.client("s3").put_object(Bucket="records", Key="in.json", Body=text.encode())
    check(*run(front, json_array("records", "in.json"), key="json"))


def test_the_objects_under_a_prefix(front: Front):
    s3 = front.client("s3")
    for number in range(12):
        s3.put_object(Bucket="records", Key=f"day=1/{number:02}", Body=b"x" * number)

    def name(record: dict[str, Any]) -> dict[str, Any]:
        return {"key": record["Key"], "bytes": int(record["Size"])}

    _, results, dead = run(front, listed_objects("records", "day=1/"), key="list", transform=name)
    assert results == [{"key": f"day=1/{number:02}", "bytes": number} for number in range(12)]
    assert dead == []
