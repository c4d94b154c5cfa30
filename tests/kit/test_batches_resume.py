"""A resume token is believed only for what it was made for."""

import json
from pathlib import Path
from typing import Any

import pytest
from kit.batches_fixture import Kept, due_after

from headstart_kit.batches.contents import LocalFile
from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.stream import process_stream
from headstart_kit.errors import SourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")

ITEMS = [{"id": number} for number in range(500)]


def stopped(source: Any = None, *, sink: Any = None, dead_letters: Any = None) -> str:
    with due_after(12):
        result = process_stream(
            source or Items(ITEMS),
            dict,
            sink=sink,
            dead_letters=dead_letters,
            options=StreamOptions(max_records=5, reserve_ms=0),
        )
    assert result.resume_token is not None
    return result.resume_token


@pytest.mark.parametrize(
    "token", ["", "null", "[]", "{}", "x" * 5000, '{"format":"headstart-stream-1"}', "[" * 100_000, 5, b"{}"]
)
def test_what_is_no_token_is_refused(token: Any):
    with pytest.raises(ValueError, match=r"is no resume token; give the resume_token of a result as it was$") as raised:
        process_stream(Items(ITEMS), dict, resume=token)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("counts", {}),
        ("counts", {"read": -1}),
        ("position", None),
        ("position", [1]),
        ("position", {"offset": -5}),
        ("version", 3),
        ("sink", "x"),
        ("more", 1),
        ("format", "headstart-stream-0"),
    ],
)
def test_a_token_that_was_changed_is_refused(field: str, value: Any):
    fields = json.loads(stopped())
    fields[field] = value
    with pytest.raises(ValueError, match="is no resume token"):
        process_stream(Items(ITEMS), dict, resume=json.dumps(fields))


@pytest.mark.parametrize("count", [True, 1.5, "7", -1])
def test_counts_are_whole_numbers(count: Any):
    fields = json.loads(stopped())
    fields["counts"]["read"] = count
    with pytest.raises(ValueError, match="is no resume token"):
        process_stream(Items(ITEMS), dict, resume=json.dumps(fields))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("position", {}),
        ("position", {"offset": "x"}),
        ("sink", {}),
        ("sink", {"name": "x"}),
        ("sink", {"name": None, "state": {}}),
    ],
)
def test_a_token_that_does_not_fit_is_refused(tmp_path: Path, field: str, value: Any):
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1}\n' * 500)
    fields = json.loads(stopped(JsonLines(LocalFile(path)), sink=LinesFile(tmp_path / "out")))
    fields[field] = value
    with pytest.raises((ValueError, SourceError), match=r"the resume token (was not made for|wrote to)"):
        process_stream(JsonLines(LocalFile(path)), dict, sink=LinesFile(tmp_path / "out"), resume=json.dumps(fields))


def test_a_token_for_another_source_is_refused():
    with pytest.raises(SourceError, match=r"^the resume token is for items; this is others$"):
        process_stream(Items(ITEMS, name="others"), dict, resume=stopped())


def test_a_source_that_changed_is_refused(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1}\n' * 500)
    token = stopped(JsonLines(LocalFile(path)))
    path.write_text('{"id": 2}\n' * 501)
    with pytest.raises(SourceError, match=r"in.jsonl has changed: it was 5000-\d+, now it is 5010-\d+; begin again"):
        process_stream(JsonLines(LocalFile(path)), dict, resume=token)


def test_another_sink_is_refused(tmp_path: Path):
    token = stopped(sink=LinesFile(tmp_path / "a"))
    with pytest.raises(SourceError, match=r"the resume token wrote to .*/a; this is .*/b"):
        process_stream(Items(ITEMS), dict, sink=LinesFile(tmp_path / "b"), resume=token)
    with pytest.raises(SourceError, match=r"the resume token wrote to .*/a; here is no such sink"):
        process_stream(Items(ITEMS), dict, sink=Kept(), resume=token)


def test_a_sink_whose_part_is_gone_is_refused(tmp_path: Path):
    token = stopped(sink=LinesFile(tmp_path / "a"))
    (tmp_path / "a.part").write_bytes(b"{")
    with pytest.raises(SourceError, match=r"a.part has 1 bytes; the resume token says \d+"):
        process_stream(Items(ITEMS), dict, sink=LinesFile(tmp_path / "a"), resume=token)
    (tmp_path / "a.part").unlink()
    with pytest.raises(SourceError, match=r"a.part is not there; a resume token is good where its file is"):
        process_stream(Items(ITEMS), dict, sink=LinesFile(tmp_path / "a"), resume=token)


def test_dead_letters_go_on_too(tmp_path: Path):
    def odd(record: dict[str, Any]) -> dict[str, Any]:
        if record["id"] % 2:
            raise ValueError("odd")
        return record

    token, bad = None, tmp_path / "bad"
    finished = False
    while not finished:
        with due_after(60):
            result = process_stream(
                Items(ITEMS),
                odd,
                dead_letters=LinesFile(bad),
                resume=token,
                options=StreamOptions(max_records=7, reserve_ms=0),
            )
        token, finished = result.resume_token, result.finished
    rejects = [json.loads(line) for line in bad.read_text().splitlines()]
    assert [reject["index"] for reject in rejects] == list(range(1, 500, 2))
    assert [reject["raw"]["id"] for reject in rejects] == list(range(1, 500, 2))
    assert (result.read, result.written, result.rejected) == (500, 250, 250)


def test_what_a_failed_run_wrote_after_the_token_is_not_in_the_file(tmp_path: Path):
    sink = LinesFile(tmp_path / "a")
    writer = sink.open()
    writer.write(b"one\n")
    state = writer.suspend()
    failing = sink.open(state)
    failing.write(b"two\n")
    failing.abandon()
    sink.open(state).finish()
    assert (tmp_path / "a").read_bytes() == b"one\n"
