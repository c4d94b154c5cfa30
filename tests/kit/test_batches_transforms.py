"""A transform may take a record, a batch, or text; each of them accounts for every record."""

import json
from pathlib import Path
from typing import Any

import pytest
from kit.batches_fixture import Kept, content, json_lines, lines

from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.stream import process_stream

pytestmark = pytest.mark.usefixtures("room_beside_pytest")


def test_whole_batches_answer_for_each_record():
    def transform(records: list[dict[str, Any]]) -> list[Any]:
        return [None if r["id"] == 1 else KeyError("no") if r["id"] == 2 else {"id": r["id"] * 10} for r in records]

    kept, dead = Kept(), Kept()
    source = json_lines(lines({"id": number} for number in range(5)))
    result = process_stream(source, transform, sink=kept, dead_letters=dead, options=StreamOptions(takes="batch"))
    assert kept.records == [{"id": 0}, {"id": 30}, {"id": 40}]
    assert [(reject["index"], reject["error"], reject["raw"]) for reject in dead.records] == [
        (2, "KeyError", '{"id": 2}')
    ]
    assert (result.read, result.written, result.dropped, result.rejected) == (5, 3, 1, 1)


def test_a_whole_batch_that_fails_is_tried_record_by_record():
    calls: list[int] = []

    def transform(records: list[dict[str, Any]]) -> list[Any]:
        calls.append(len(records))
        return [{"half": 10 // record["id"]} for record in records]

    kept, dead = Kept(), Kept()
    source = json_lines(lines({"id": number} for number in (1, 2, 0, 5)))
    process_stream(source, transform, sink=kept, dead_letters=dead, options=StreamOptions(takes="batch"))
    assert kept.records == [{"half": 10}, {"half": 5}, {"half": 2}]
    assert [(reject["index"], reject["error"]) for reject in dead.records] == [(2, "ZeroDivisionError")]
    assert calls == [4, 1, 1, 1, 1]


def test_a_whole_batch_has_to_answer_for_all():
    with pytest.raises(ValueError, match="returned 1 results for 2 records"):
        process_stream(json_lines(lines([{}, {}])), lambda records: records[:1], options=StreamOptions(takes="batch"))


def upper(text: bytes) -> bytes:
    """A table engine in small: it takes lines, drops some, and refuses text that it cannot read."""
    records = [json.loads(line) for line in text.splitlines()]
    return lines({"name": record["name"].upper()} for record in records if record["name"] != "drop")


def test_text_goes_through_as_lines_and_what_is_refused_is_found(tmp_path: Path):
    bad = {3: b"not json", 10: b'{"nme": "x"}', 11: b"\xff"}
    rows = [bad.get(n, b'{"name": "%s"}' % (b"drop" if n == 5 else b"n%d" % n)) for n in range(16)]
    text = b"\xef\xbb\xbf" + rows[0] + b"\n\n" + b"\n".join(rows[1:])
    dead, options = Kept(), StreamOptions(takes="text", max_batch_bytes=120)
    source = JsonLines(content(text), parsed=False, max_record_bytes=30)
    result = process_stream(source, upper, sink=LinesFile(tmp_path / "out"), dead_letters=dead, options=options)
    names = [json.loads(line)["name"] for line in (tmp_path / "out").read_text().splitlines()]
    assert names == [f"N{n}" for n in range(16) if n not in bad and n != 5]
    assert [(reject["index"], reject["error"]) for reject in dead.records] == [
        (3, "JSONDecodeError"),
        (10, "KeyError"),
        (11, "UnicodeDecodeError"),
    ]
    for reject in dead.records[:2]:
        assert text[reject["offset"] :].startswith(reject["raw"].encode())
    assert (result.read, result.written, result.dropped, result.rejected) == (16, 12, 1, 3)
    kept = Kept()
    process_stream(source, upper, sink=kept, dead_letters=Kept(), options=options)
    assert [json.loads(line)["name"] for line in kept.records] == names


@pytest.mark.parametrize(
    ("returned", "error", "why"),
    [
        (b"{}\n" * 3, ValueError, "the transform returned 3 lines for 2"),
        (b"{}", TypeError, "the transform returned bytes; expected: bytes of whole lines"),
        ("{}\n", TypeError, "the transform returned str; expected: bytes of whole lines"),
    ],
)
def test_text_has_to_come_back_as_lines(returned: Any, error: type[Exception], why: str):
    source = JsonLines(content(b"{}\n{}\n"), parsed=False)
    with pytest.raises(error, match=why):
        process_stream(source, lambda text: returned, dead_letters=Kept(), options=StreamOptions(takes="text"))


def test_text_is_for_lines():
    with pytest.raises(TypeError, match=r"give JsonLines\(…, parsed=False\) as the source"):
        process_stream(Items([{}]), lambda text: text, options=StreamOptions(takes="text"))


def test_a_line_that_is_not_parsed_is_a_record_too():
    kept = Kept()
    process_stream(JsonLines(content(b'a\n\n{"b"\n'), parsed=False), lambda line: line.decode(), sink=kept)
    assert kept.records == ["a", '{"b"']


def test_max_records_bounds_what_the_transform_is_given():
    sizes: list[int] = []

    def transform(records: list[Any]) -> list[Any]:
        sizes.append(len(records))
        return records

    source = json_lines(lines({"id": number} for number in range(107)))
    result = process_stream(source, transform, options=StreamOptions(takes="batch", max_records=25))
    assert max(sizes) == 25
    assert result.read == 107
