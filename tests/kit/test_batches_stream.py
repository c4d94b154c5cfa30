"""A batch run counts exactly, loses nothing, and goes on where it stopped."""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from kit.batches_fixture import CountedTicks, Kept, clean, due, due_after, json_lines, lines, person

from headstart_kit.batches.contents import LocalFile
from headstart_kit.batches.items import Items
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.result import Progress
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.sources import source_at
from headstart_kit.batches.stream import process_stream
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, RecordError, SourceError

pytestmark = pytest.mark.usefixtures("room_beside_pytest")


def test_every_record_is_written_in_order_and_counted():
    kept = Kept()
    result = process_stream(json_lines(lines(map(person, range(5000)))), clean, sink=kept)
    assert kept.records == [clean(person(number)) for number in range(5000)]
    assert (result.read, result.written, result.dropped, result.rejected) == (5000, 5000, 0, 0)
    assert result.finished
    assert result.resume_token is None
    assert result.bytes_read == len(lines(map(person, range(5000))))
    assert result.batches > 1
    assert result.as_dict()["read"] == 5000


def test_what_the_transform_returns_none_for_is_dropped_and_counted():
    kept = Kept()
    source = json_lines(lines({"id": number} for number in range(100)))
    result = process_stream(source, lambda record: record if record["id"] % 3 else None, sink=kept)
    assert (result.read, result.written, result.dropped) == (100, 66, 34)
    assert len(kept.records) == 66


# D64: three bad records of three vanished with a line in the log, and were counted as processed.
def test_d64_no_bad_record_vanishes():
    bad = [{"id": 0, "email": None}, {"id": 1}, {"id": 2, "name": " ", "email": "a@b", "age": "1", "score": "1"}]
    good = person(3)
    text = lines([bad[0], good, bad[1]]) + b"not json\n[1]\n" + lines([bad[2]])
    kept, dead = Kept(), Kept()
    result = process_stream(json_lines(text), clean, sink=kept, dead_letters=dead)
    assert (result.read, result.written, result.rejected) == (6, 1, 5)
    assert [reject["index"] for reject in dead.records] == [0, 2, 3, 4, 5]
    assert [reject["error"] for reject in dead.records] == [
        "KeyError",
        "KeyError",
        "JSONDecodeError",
        "TypeError",
        "ValueError",
    ]
    for reject in dead.records:
        assert text[reject["offset"] :].startswith(reject["raw"].encode())
    assert dead.records[3]["message"] == "a record is an object; this is an array"
    assert dead.records[4]["message"] == "the name is empty"


def test_without_dead_letters_the_first_reject_ends_the_run():
    text = lines([person(0)]) + b"{\n"
    with pytest.raises(RecordError, match=r"index=1, offset=\d+, error='JSONDecodeError'.*dead_letters") as raised:
        process_stream(json_lines(text), clean, sink=Kept())
    assert raised.value.index == 1


def test_a_result_that_is_no_json_is_rejected_and_the_others_are_written(tmp_path: Path):
    odd = {1: float("nan"), 2: object(), 3: float("inf"), 5: "\ud800"}
    dead = Kept()
    source = Items([{"id": number} for number in range(7)])
    result = process_stream(
        source,
        lambda record: {"id": record["id"], "value": odd.get(record["id"])},
        sink=LinesFile(tmp_path / "out.jsonl"),
        dead_letters=dead,
    )
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [record["id"] for record in written] == [0, 4, 5, 6]
    assert written[2]["value"] == "\ud800"
    assert [(reject["index"], reject["error"]) for reject in dead.records] == [
        (1, "ValueError"),
        (2, "TypeError"),
        (3, "ValueError"),
    ]
    assert (result.read, result.written, result.rejected) == (7, 4, 3)


# D66: batch_size 0 raised from range(), a negative size from bytearray(), and any size was the caller's to choose.
@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("max_records", 0, "a whole number, 1 or more, or None"),
        ("max_records", -5, "a whole number, 1 or more, or None"),
        ("max_records", 2.5, "a whole number, 1 or more, or None"),
        ("max_records", True, "a whole number, 1 or more, or None"),
        ("max_batch_bytes", 0, "1 … 67108864"),
        ("max_batch_bytes", 1 << 40, "1 … 67108864"),
        ("memory_share", 0, "above 0, at most 0.9"),
        ("memory_share", 1.5, "above 0, at most 0.9"),
        ("memory_share", float("nan"), "above 0, at most 0.9"),
        ("takes", "table", "record, batch, text"),
        ("reserve_ms", -1, "0 or more"),
        ("reserve_ms", float("nan"), "0 or more"),
    ],
)
def test_d66_sizes_out_of_range_are_refused_with_the_range(option: str, value: Any, allowed: str):
    with pytest.raises(ValueError, match=rf"^{option} is '?{value}'?; allowed: {allowed}$"):
        StreamOptions(**{option: value})


def test_progress_comes_with_each_batch():
    seen: list[Progress] = []
    text = lines(map(person, range(3000)))
    path_free = Items([person(number) for number in range(3000)])
    process_stream(json_lines(text), clean, options=StreamOptions(on_progress=seen.append))
    assert [progress.read for progress in seen] == sorted({progress.read for progress in seen})
    assert seen[-1].read == 3000
    assert seen[0].done_ratio is None
    seen.clear()
    result = process_stream(path_free, clean, options=StreamOptions(on_progress=seen.append))
    assert len(seen) == result.batches
    assert 0 < seen[0].done_ratio < 1
    assert seen[-1].done_ratio == 1
    assert seen[-1].records_per_s > 0


# D65: past 80 % of the memory every batch collected garbage and added a snapshot to the response.
def test_d65_what_is_told_of_a_run_does_not_grow_with_its_batches():
    few = process_stream(json_lines(lines(map(person, range(100)))), clean)
    many = process_stream(json_lines(lines(map(person, range(20_000)))), clean, options=StreamOptions(max_records=10))
    assert many.batches == 2000
    assert many.as_dict().keys() == few.as_dict().keys()
    assert all(isinstance(value, int | float | None) for value in many.as_dict().values())


# D60: tracemalloc was started and never stopped, which made the environment three times slower for its life.
def test_d60_no_tracing_is_left_on():
    process_stream(json_lines(lines(map(person, range(100)))), clean)
    assert not tracemalloc.is_tracing()


# D63: "batches to avoid overflow" kept the input and all results.
@pytest.mark.slow
def test_d63_memory_does_not_grow_with_the_input(tmp_path: Path):
    block = lines(map(person, range(20_000)))
    program = (
        "import sys; from kit.batches_fixture import clean\n"
        "from headstart_kit import process_memory\n"
        "from headstart_kit.batches.contents import LocalFile\n"
        "from headstart_kit.batches.jsonl import JsonLines\n"
        "from headstart_kit.batches.sinks import LinesFile\n"
        "from headstart_kit.batches.stream import process_stream\n"
        "result = process_stream(JsonLines(LocalFile(sys.argv[1])), clean, sink=LinesFile(sys.argv[1] + '.out'))\n"
        "print(result.written, process_memory.peak_bytes())\n"
    )
    peaks_mb = []
    for times in (2, 32):
        (tmp_path / "in.jsonl").write_bytes(block * times)
        done = subprocess.run(
            [sys.executable, "-c", program, tmp_path / "in.jsonl"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"},
        )
        written, peak_bytes = map(int, done.stdout.split())
        assert written == 20_000 * times
        peaks_mb.append(peak_bytes / 2**20)
    assert peaks_mb[1] - peaks_mb[0] < 3, f"16 times the input took {peaks_mb} MB"


def test_a_run_stops_before_the_deadline_and_goes_on(tmp_path: Path):
    path = tmp_path / "in.jsonl"
    path.write_bytes(lines(map(person, range(3000))))
    token, runs = None, 0
    while True:
        runs += 1
        with due_after(12):
            result = process_stream(
                JsonLines(LocalFile(path)),
                clean,
                sink=LinesFile(tmp_path / "out.jsonl"),
                resume=token,
                options=StreamOptions(max_batch_bytes=8192, reserve_ms=0),
            )
        token = result.resume_token
        if result.finished:
            break
        assert not (tmp_path / "out.jsonl").exists()
    assert runs > 3
    assert (result.read, result.written) == (3000, 3000)
    written = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in written] == list(range(3000))
    assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl", "out.jsonl"] or len(list(tmp_path.iterdir())) == 2


def test_a_transform_that_runs_out_of_time_leaves_its_batch_to_the_next_run():
    asked = []

    def transform(record: dict[str, Any]) -> dict[str, Any]:
        asked.append(record["id"])
        if asked.count(60) == 1 and record["id"] == 60:
            raise DeadlineError("0 ms are left, too few for another call")
        return record

    kept = Kept()
    items = [{"id": number} for number in range(200)]
    stopped = process_stream(Items(items), transform, sink=kept, options=StreamOptions(max_records=50))
    assert (stopped.finished, stopped.read) == (False, 50)
    result = process_stream(Items(items), transform, sink=kept, resume=stopped.resume_token)
    assert [record["id"] for record in kept.records] == list(range(200))
    assert (result.read, result.written) == (200, 200)


def test_without_time_for_a_single_batch_nothing_is_done():
    with due(Deadline(500, margin_ms=0)), pytest.raises(DeadlineError, match="too few for a single batch"):
        process_stream(json_lines(lines([{}])), clean)


def test_a_slow_transform_makes_smaller_batches_near_the_end():
    ticks = CountedTicks(0.0)
    sizes: list[int] = []

    def transform(records: list[Any]) -> list[Any]:
        ticks._now_s += 0.001 * len(records)
        sizes.append(len(records))
        return records

    source = json_lines(lines({"id": number} for number in range(100_000)))
    with due(Deadline(20_000, margin_ms=0, ticks_s=ticks)):
        result = process_stream(source, transform, options=StreamOptions(takes="batch", reserve_ms=0))
    assert not result.finished
    assert ticks() < 20
    assert sum(sizes) == result.read


class Breaking:
    """A source that breaks after some items."""

    name = "breaking"

    def __init__(self, items: list[Any], *, after: int) -> None:
        self._items = Items(items, name=self.name)
        self._after = after

    def open(self, position: dict[str, Any] | None = None, *, version: str | None = None):
        reader = self._items.open(position, version=version)
        read, after = reader.read, self._after

        class Reader:
            ratio = None
            close = staticmethod(reader.close)

            @property
            def version(self) -> str:
                return reader.version

            @property
            def position(self) -> dict[str, Any]:
                return reader.position

            def read(self, size_bytes: int, *, max_records: int | None = None):
                if reader.position["item"] >= after:
                    raise SourceError("it broke")
                return read(size_bytes, max_records=max_records)

        return Reader()


def test_a_run_that_fails_leaves_nothing(tmp_path: Path):
    items = [{"id": number} for number in range(100)]
    with pytest.raises(SourceError, match="it broke"):
        process_stream(
            Breaking(items, after=50), dict, sink=LinesFile(tmp_path / "out"), dead_letters=LinesFile(tmp_path / "bad")
        )
    assert list(tmp_path.iterdir()) == []


def test_a_token_is_good_again_after_the_run_that_it_resumed_failed(tmp_path: Path):
    items = [{"id": number} for number in range(200)]
    options = StreamOptions(max_records=10, reserve_ms=0)
    with due_after(12):
        stopped = process_stream(Items(items, name="breaking"), dict, sink=LinesFile(tmp_path / "out"), options=options)
    assert not stopped.finished
    with pytest.raises(SourceError, match="it broke"):
        process_stream(Breaking(items, after=100), dict, sink=LinesFile(tmp_path / "out"), resume=stopped.resume_token)
    result = process_stream(
        Items(items, name="breaking"), dict, sink=LinesFile(tmp_path / "out"), resume=stopped.resume_token
    )
    assert result.written == 200
    assert [json.loads(line)["id"] for line in (tmp_path / "out").read_text().splitlines()] == list(range(200))


def test_an_empty_input_gives_an_empty_result(tmp_path: Path):
    result = process_stream(
        json_lines(b"\n\n"), clean, sink=LinesFile(tmp_path / "out"), dead_letters=LinesFile(tmp_path / "bad")
    )
    assert (result.read, result.finished) == (0, True)
    assert (tmp_path / "out").read_bytes() == b""
    assert not (tmp_path / "bad").exists()


# D69: the "large dataset" arrived in the event, which holds 6 MB.
def test_d69_an_event_holds_an_address_and_a_token_whatever_the_size(tmp_path: Path):
    (tmp_path / "in.jsonl").write_bytes(lines(map(person, range(60_000))))
    event: dict[str, Any] = {"input": str(tmp_path / "in.jsonl"), "output": str(tmp_path / "out.jsonl")}

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        result = process_stream(
            source_at(event["input"]), clean, sink=LinesFile(event["output"]), resume=event.get("resume")
        )
        return result.as_dict()

    answers = [{"finished": False}]
    while not answers[-1]["finished"]:
        with due_after(40):
            answers.append(json.loads(json.dumps(handler(json.loads(json.dumps(event))))))
        event["resume"] = answers[-1]["resume_token"]
        assert len(json.dumps(event)) < 2000
        assert len(json.dumps(answers[-1])) < 2000
    assert len(answers) > 3
    assert answers[-1]["written"] == 60_000
