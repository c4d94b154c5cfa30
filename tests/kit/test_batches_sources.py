"""JSON Lines, CSV, Parquet and events as sources: what is a record, what is rejected, and where it was."""

import base64
import csv
import gzip
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from kit.batches_fixture import Kept, content, json_lines, lines

from headstart_kit.batches.contents import LocalFile, Pieces
from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.event_records import event_items
from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.parquet_rows import ParquetRows
from headstart_kit.batches.sources import source_at
from headstart_kit.batches.stream import process_stream
from headstart_kit.errors import SourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")


def read(source: Any, **options: Any) -> tuple[list[Any], list[dict[str, Any]]]:
    kept, dead = Kept(), Kept()
    result = process_stream(
        source, lambda record: record, sink=kept, dead_letters=dead, options=StreamOptions(**options)
    )
    assert result.read == len(kept.records) + len(dead.records)
    return kept.records, dead.records


def faults(dead: list[dict[str, Any]]) -> list[tuple[int, int, str, str]]:
    return [(reject["index"], reject["offset"], reject["error"], reject["raw"]) for reject in dead]


@pytest.mark.parametrize("piece_bytes", [1, 7, 1000])
@pytest.mark.parametrize("max_batch_bytes", [1, 16, 100_000])
def test_json_lines_tell_apart_what_is_no_record(piece_bytes: int, max_batch_bytes: int):
    text = (
        b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"a": 2} {"a": 3}\n{"a": [4\n5]}\n{"a": NaN}\nnull\n"x"\n\xff\n'
        b'{"a": 1e5}\n{"b": "\\ud83d\\ude00"}\n{"long": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\n {"a": 7}'
    )
    source = JsonLines(content(text, piece_bytes=piece_bytes), max_record_bytes=40)
    records, dead = read(source, max_batch_bytes=max_batch_bytes)
    assert records == [{"a": 1}, {"a": 100000.0}, {"b": "😀"}, {"a": 7}]
    found = [(reject["index"], reject["error"], reject["message"].partition(":")[0]) for reject in dead]
    assert found == [
        (1, "JSONDecodeError", "Extra data"),
        (2, "JSONDecodeError", "Expecting ',' delimiter"),
        (3, "JSONDecodeError", "Extra data"),
        (4, "ValueError", "NaN is no JSON"),
        (5, "TypeError", "a record is an object; this is null"),
        (6, "TypeError", "a record is an object; this is a string"),
        (7, "UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff in position 0"),
        (10, "ValueError", "the record has 50 bytes; allowed"),
    ]
    assert dead[6]["raw"] == "\\xff"
    for reject in dead[:6] + dead[7:]:
        assert text[reject["offset"] :].startswith(reject["raw"].encode())


def test_a_record_without_end_cannot_fill_the_memory():
    pieces = Pieces([b'{"a": "'] + [b"x" * 65536] * 500 + [b'"}\n{"a": 1}\n'])
    records, dead = read(JsonLines(pieces))
    assert records == [{"a": 1}]
    assert dead[0]["message"] == f"the record has {7 + 500 * 65536 + 2} bytes; allowed: 1048576"
    assert len(dead[0]["raw"]) <= 1000


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": ' + b"9" * 50_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a": 1e999}x',
        b"\x00",
    ],
)
def test_a_hostile_line_is_one_reject(line: bytes):
    records, dead = read(json_lines(b'{"a": 1}\n' + line + b'\n{"a": 2}\n'))
    assert records == [{"a": 1}, {"a": 2}]
    assert [reject["index"] for reject in dead] == [1]


def test_gzip_is_unpacked_member_by_member():
    text = lines({"id": number} for number in range(5000))
    records, dead = read(JsonLines(content(text, piece_bytes=4000, name="a.gz")))
    assert [record["id"] for record in records] == list(range(5000))
    assert dead == []


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b'{"a": 1}\n' * 10_000)[:-12], gzip.compress(b"x" * 99)[:20]]
)
def test_broken_gzip_is_an_error(packed: bytes):
    with pytest.raises(SourceError, match="gzip content is"):
        read(JsonLines(Pieces([packed], name="a.jsonl.gz")))


def test_padding_after_gzip_is_nothing():
    packed = gzip.compress(b'{"a": 1}\n')
    assert read(JsonLines(Pieces([packed, b"\0" * 70_000, b"\0", packed, b"\0" * 5], name="a.gz")))[0] == [{"a": 1}] * 2


def test_a_part_of_the_lines_is_those_that_begin_in_it(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    path.write_bytes(text := lines({"id": number} for number in range(200)))
    for cut in range(0, len(text) + 1, 37):
        first = read(JsonLines(LocalFile(path), between=(0, cut)))[0]
        second = read(JsonLines(LocalFile(path), between=(cut, len(text))))[0]
        assert [record["id"] for record in first + second] == list(range(200))


def test_csv_rows_are_dicts_of_texts():
    text = b'\xef\xbb\xbfid,name\r\n1,"a ""b"", c"\r\n\r\n2,"two\nlines"\n3\n4,x,y\n5,\xff\n6,ok\n'
    for max_batch_bytes in (1, 20, 100_000):
        records, dead = read(CsvRows(content(text, piece_bytes=5)), max_batch_bytes=max_batch_bytes)
        assert records == [
            {"id": "1", "name": 'a "b", c'},
            {"id": "2", "name": "two\nlines"},
            {"id": "6", "name": "ok"},
        ]
        assert [(r["index"], r["error"], r["message"][:29]) for r in dead] == [
            (2, "ValueError", "the row has 1 fields; the nam"),
            (3, "ValueError", "the row has 3 fields; the nam"),
            (4, "UnicodeDecodeError", "'utf-8' codec can't decode by"),
        ]
        for reject in dead[:2]:
            assert text[reject["offset"] :].startswith(reject["raw"].encode())


def test_a_csv_field_that_never_ends_cannot_fill_the_memory():
    text = [b"id,name\n1,a\n", b'2,"open\n', *[b"x" * 70 + b"\n"] * 5000, b"3,c\n"]
    records, dead = read(CsvRows(Pieces(text)))
    assert records == [{"id": "1", "name": "a"}, {"id": "3", "name": "c"}]
    assert "field larger than field limit" in dead[0]["message"]
    assert dead[0]["raw"].startswith('2,"open')


def test_a_csv_line_that_never_ends_cannot_fill_the_memory():
    text = [b"id,name\n1,a\n", *[b"x" * 70_000] * 100, b"\n3,c\n"]
    records, dead = read(CsvRows(Pieces(text)))
    assert records == [{"id": "1", "name": "a"}, {"id": "3", "name": "c"}]
    assert [(reject["index"], reject["offset"], reject["message"]) for reject in dead] == [
        (1, 12, "the line has 7000000 bytes; allowed: 1048576")
    ]


@pytest.mark.parametrize("text", [b"a,a\n1,2\n", b"\n1,2\n", b"\xff,b\n", b'"a\n' + b"x" * 200_000])
def test_a_csv_without_names_is_refused(text: bytes):
    with pytest.raises(SourceError, match="the first row has to name the columns"):
        read(CsvRows(content(text)))


def test_csv_names_can_be_given_and_the_delimiter():
    records, _ = read(CsvRows(content(b"1;x\n2;y\n"), columns=["id", "letter"], delimiter=";"))
    assert records == [{"id": "1", "letter": "x"}, {"id": "2", "letter": "y"}]
    assert read(CsvRows(content(b"")))[0] == []


def test_csv_reads_as_the_standard_library_does():
    rows = [{"id": str(number), "text": f'a "{number}",\r\nb' * (number % 3)} for number in range(2000)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["id", "text"])
    writer.writeheader()
    writer.writerows(rows)
    records, dead = read(CsvRows(content(text.getvalue().encode())), max_batch_bytes=3000)
    assert records == list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert dead == []


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    rows = [
        {"id": number, "name": f"n{number}", "price": Decimal(number) / 4, "raw": b"\x00"} for number in range(5000)
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "in.parquet", row_group_size=1500)
    return tmp_path / "in.parquet"


def test_parquet_rows_come_row_group_by_row_group(parquet: Path):
    records, _ = read(ParquetRows(LocalFile(parquet)))
    assert [record["id"] for record in records] == list(range(5000))
    assert records[3] == {"id": 3, "name": "n3", "price": Decimal("0.75"), "raw": b"\x00"}
    assert [record["id"] for record in read(ParquetRows(LocalFile(parquet), row_groups=(1, 3)))[0]] == list(
        range(1500, 4500)
    )
    assert read(ParquetRows(LocalFile(parquet), columns=["id"]))[0][7] == {"id": 7}


def test_a_row_that_is_refused_is_told_as_it_is_in_the_file(parquet: Path):
    def spoil(record: dict[str, Any]) -> dict[str, Any]:
        if record.pop("id") == 4000:
            raise ValueError("no")
        return record

    dead = Kept()
    process_stream(ParquetRows(LocalFile(parquet), columns=["id", "name"]), spoil, dead_letters=dead)
    assert dead.records == [
        {"index": 4000, "offset": None, "error": "ValueError", "message": "no", "raw": {"id": 4000, "name": "n4000"}}
    ]


@pytest.mark.parametrize("text", [b"", b"PAR1", b"x" * 5000])
def test_what_is_no_parquet_is_an_error(tmp_path: Path, text: bytes):
    (tmp_path / "a.parquet").write_bytes(text)
    with pytest.raises(SourceError, match=r"a.parquet cannot be read as Parquet"):
        read(ParquetRows(LocalFile(tmp_path / "a.parquet")))


def test_a_damaged_row_group_is_an_error(parquet: Path):
    damaged = bytearray(parquet.read_bytes())
    damaged[len(damaged) // 3 : len(damaged) // 2] = b"\xff" * (len(damaged) // 2 - len(damaged) // 3)
    parquet.write_bytes(damaged)
    with pytest.raises(SourceError, match=r"row group \d cannot be read"):
        read(ParquetRows(LocalFile(parquet)))


def test_what_is_not_there_is_an_error(tmp_path: Path):
    for source in (JsonLines, CsvRows, ParquetRows):
        with pytest.raises(SourceError, match="nothing cannot be read: No such file"):
            read(source(LocalFile(tmp_path / "nothing")))
    with pytest.raises(SourceError, match="Parquet is read from its end"):
        read(ParquetRows(Pieces([])))


@pytest.mark.parametrize("source", [JsonLines, CsvRows])
def test_a_record_of_no_bytes_is_not_a_bound(source: Any):
    with pytest.raises(ValueError, match="max_record_bytes is 0; allowed: 1 or more"):
        source(LocalFile("x"), max_record_bytes=0)
    with pytest.raises(ValueError, match="delimiter is ',,'; allowed: one character"):
        CsvRows(LocalFile("x"), delimiter=",,")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/tmp/a.txt", r"/tmp/a.txt does not say what it is; known: .jsonl, .ndjson, .csv, .parquet"),
        ("/tmp/a.parquet.gz", "does not say what it is"),
        ("s3://bucket", "does not say what it is"),
        ("s3:///a.csv", "s3:///a.csv names no object; expected: s3://bucket/key"),
    ],
)
def test_an_address_has_to_say_what_it_is(address: str, why: str):
    with pytest.raises(ValueError, match=why):
        source_at(address)


def test_an_address_is_a_source_by_its_suffix(tmp_path: Path):
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    (tmp_path / "a.csv").write_bytes(b"a\n1\n")
    assert read(source_at(str(tmp_path / "a.ndjson.gz")))[0] == [{"a": 1}]
    assert read(source_at(str(tmp_path / "a.csv")))[0] == [{"a": "1"}]


def test_items_are_their_own_records():
    records, dead = read(Items([1, "x", {"a": 1}]))
    assert records == [1, "x", {"a": 1}]
    assert dead == []


def sqs(number: int, body: str) -> dict[str, Any]:
    return {
        "eventSource": "aws:sqs",
        "messageId": f"m{number}",
        "body": body,
        "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q",
    }


def test_the_messages_of_a_queue_are_records():
    records, dead = read(event_items({"Records": [sqs(0, '{"a": 1}'), sqs(1, "{"), sqs(2, "[2]")]}))
    assert records == [{"a": 1}, [2]]
    assert [(reject["index"], reject["error"], reject["raw"]["messageId"]) for reject in dead] == [
        (1, "JSONDecodeError", "m1")
    ]


def test_the_data_of_kinesis_are_records():
    def record(data: bytes) -> dict[str, Any]:
        return {
            "eventSource": "aws:kinesis",
            "kinesis": {"sequenceNumber": "1", "data": base64.b64encode(data).decode()},
        }

    bad = record(b"x")
    bad["kinesis"]["data"] = "*"
    records, dead = read(event_items({"Records": [record(b'{"a": 1}'), bad, record(b"\xff")]}))
    assert records == [{"a": 1}]
    assert [reject["index"] for reject in dead] == [1, 2]


def test_the_changes_of_a_table_are_records_in_plain_values():
    image = {
        "id": {"N": "7"},
        "price": {"N": "1.50"},
        "name": {"S": "x"},
        "gone": {"NULL": True},
        "on": {"BOOL": False},
        "raw": {"B": base64.b64encode(b"\x00\x01").decode()},
        "tags": {"SS": ["a", "b"]},
        "sizes": {"NS": ["1", "2.5"]},
        "blobs": {"BS": [base64.b64encode(b"z").decode()]},
        "list": {"L": [{"N": "1"}, {"M": {"k": {"S": "v"}}}]},
    }
    event = {
        "Records": [
            {
                "eventSource": "aws:dynamodb",
                "eventName": "INSERT",
                "dynamodb": {"SequenceNumber": "1", "Keys": {"id": {"N": "7"}}, "NewImage": image},
            },
            {"eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": "2", "NewImage": {"a": {"Q": "?"}}}},
        ]
    }
    records, dead = read(event_items(event))
    assert records == [
        {
            "event": "INSERT",
            "keys": {"id": 7},
            "old": None,
            "new": {
                "id": 7,
                "price": Decimal("1.50"),
                "name": "x",
                "gone": None,
                "on": False,
                "raw": b"\x00\x01",
                "tags": ["a", "b"],
                "sizes": [1, Decimal("2.5")],
                "blobs": [b"z"],
                "list": [1, {"k": "v"}],
            },
        }
    ]
    assert dead[0]["message"] == "Q is no type of DynamoDB's"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({}, "has no list of Records"),
        ([], "has no list of Records"),
        ({"Records": [1]}, "has no list of Records"),
        (
            {"Records": [{"eventSource": "aws:s3"}]},
            "the records are of aws:s3; known: aws:sqs, aws:kinesis, aws:dynamodb",
        ),
        ({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}, "a record of aws:sqs has no identifier"),
    ],
)
def test_other_events_are_refused(event: Any, why: str):
    with pytest.raises(ValueError, match=why):
        event_items(event)
