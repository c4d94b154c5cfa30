"""Batch runs: nothing lost and nothing twice, whatever the input, the batches, the stops and the JSON library."""

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.batches_fixture import CountedTicks, content, due

from headstart_kit.batches.batch_size import BatchSize, Cautious
from headstart_kit.batches.csv_rows import CsvRows
from headstart_kit.batches.items import Items
from headstart_kit.batches.json_codec import Codec, decode_line, encode_line
from headstart_kit.batches.jsonl import JsonLines
from headstart_kit.batches.options import StreamOptions
from headstart_kit.batches.sinks import LinesFile
from headstart_kit.batches.stream import process_stream
from headstart_kit.deadline import Deadline

LIBRARIES = [("json",), ("msgspec",), ("orjson",), ("msgspec", "orjson")]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
ODD_VALUES = VALUES | st.sampled_from([math.nan, math.inf, -math.inf, "\ud800", "\x1e", ["a", "\x1e", "b"], "null"])
ODD_RECORDS = st.dictionaries(st.text(max_size=3) | st.integers(0, 9) | st.none(), ODD_VALUES, max_size=4)
JUNK = st.sampled_from(
    [
        b"",
        b" ",
        b"{",
        b"}",
        b'{"a":1},{"b":2}',
        b'{"a":[1',
        b"2]}",
        b"NaN",
        b"[1]",
        b"\xff",
        b'{"a":1} {"b":2}',
        b"0",
        b"\r",
    ]
)


def same(one: Any, other: Any) -> bool:
    """Equal, 1 apart from 1.0 and from True."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("libraries", LIBRARIES)
@given(st.lists(VALUES | JUNK.map(lambda junk: junk), max_size=8))
def test_a_faster_library_reads_what_the_standard_library_reads(libraries: tuple[str, ...], parts: list[Any]):
    text = b"".join((part if isinstance(part, bytes) else json.dumps(part).encode()) + b"\n" for part in parts)
    codec = Codec(libraries)
    assert "json" not in libraries or codec.libraries == ("json", "json")
    read = codec.decode(text) if text else []
    try:
        one_by_one = [decode_line(line.strip()) for line in text.split(b"\n")[:-1]]
    except ValueError:
        assert read is None
    else:
        assert read is None or same(read, one_by_one)
        assert read is not None or b"\r" in text or b" " in text


@pytest.mark.parametrize("libraries", LIBRARIES)
@given(st.lists(ODD_RECORDS | VALUES, min_size=1, max_size=6))
def test_a_faster_library_writes_what_the_standard_library_would_write(libraries: tuple[str, ...], records: list[Any]):
    codec = Codec(libraries)
    try:
        one_by_one = b"".join(map(encode_line, records))
    except (ValueError, TypeError):
        with pytest.raises((ValueError, TypeError)):
            codec.encode(records)
        return
    try:
        written = codec.encode(records)
    except UnicodeEncodeError:
        return  # then each is written alone
    assert written.count(b"\n") == len(records)
    assert same(
        [json.loads(line) for line in written.splitlines()], [json.loads(line) for line in one_by_one.splitlines()]
    )


@given(
    lines=st.lists(
        st.dictionaries(st.text(max_size=3), VALUES, max_size=3).map(lambda record: json.dumps(record).encode()) | JUNK,
        max_size=30,
    ),
    ends=st.booleans(),
    piece_bytes=st.integers(1, 50),
    batch_bytes=st.integers(1, 200),
    max_records=st.none() | st.integers(1, 5),
)
def test_every_line_is_a_record_or_a_reject_or_blank(
    lines: list[bytes], ends: bool, piece_bytes: int, batch_bytes: int, max_records: int | None
):
    text = b"\n".join(lines) + (b"\n" if ends else b"")
    expected: list[Any] = []
    for line in text.split(b"\n"):
        if line.strip():
            try:
                value = decode_line(line.strip())
            except ValueError:
                value = None
            expected.append(value if isinstance(value, dict) else line.strip())
    records: list[Any] = []
    rejects: list[Any] = []
    result = process_stream(
        JsonLines(content(text, piece_bytes=piece_bytes)),
        lambda record: record,
        sink=records.extend,
        dead_letters=rejects.extend,
        options=StreamOptions(max_batch_bytes=batch_bytes, max_records=max_records),
    )
    good = [value for value in expected if isinstance(value, dict)]
    bad = [(index, line) for index, line in enumerate(expected) if isinstance(line, bytes)]
    assert same(records, good)
    assert [(reject["index"], reject["raw"]) for reject in rejects] == [
        (index, line.decode("utf-8", "backslashreplace")) for index, line in bad
    ]
    assert (result.read, result.written, result.rejected) == (len(expected), len(good), len(bad))
    assert result.bytes_read == len(text)


@st.composite
def sources(draw: st.DrawFn) -> Any:
    count = draw(st.integers(0, 120))
    spoilt = draw(st.sets(st.integers(0, max(0, count - 1)), max_size=10))
    kind = draw(st.sampled_from(["jsonl", "jsonl.gz", "csv", "items"]))
    if kind == "items":
        return Items([{"id": str(number)} for number in range(count)])
    if kind == "csv":
        rows = [b"%d,x,y" % n if n in spoilt else b'%d,"a\nb"' % n if n % 3 else b"%d,x" % n for n in range(count)]
        return CsvRows(content(b"\n".join([b"id,t", *rows, b""]), piece_bytes=draw(st.integers(1, 99))))
    rows = [b"{%d" % n if n in spoilt else b'{"id": "%d"}' % n for n in range(count)]
    return JsonLines(content(b"\n".join([*rows, b""]), piece_bytes=draw(st.integers(1, 99)), name=f"a.{kind}"))


def refusing(record: dict[str, Any]) -> dict[str, Any] | None:
    if record["id"].endswith("7"):
        raise ValueError("sevens are refused")
    return None if record["id"].endswith("5") else record


def outcome(source: Any, folder: Path, *, looks: list[int], options: StreamOptions) -> tuple[Any, ...]:
    """Run to the end, each run until its deadline passes after so many looks at the clock."""
    token, runs = None, 0
    while True:
        with due(Deadline((looks[runs % len(looks)] + 2) * 1000.0, margin_ms=0, ticks_s=CountedTicks(1.0))):
            result = process_stream(
                source,
                refusing,
                sink=LinesFile(folder / "out"),
                dead_letters=LinesFile(folder / "bad"),
                resume=token,
                options=options,
            )
        runs += 1
        token = result.resume_token
        if result.finished:
            break
    counts = (result.read, result.written, result.dropped, result.rejected, result.bytes_read, result.bytes_written)
    bad = folder / "bad"
    return counts, (folder / "out").read_bytes(), bad.read_bytes() if bad.exists() else b"", runs


@settings(max_examples=60, deadline=None)
@given(
    source=sources(),
    looks=st.lists(st.integers(6, 30), min_size=1, max_size=6),
    batch_bytes=st.integers(1, 300),
    max_records=st.none() | st.integers(1, 7),
)
def test_runs_that_resume_one_another_write_what_one_run_writes(
    source: Any, looks: list[int], batch_bytes: int, max_records: int | None
):
    options = StreamOptions(max_batch_bytes=batch_bytes, max_records=max_records, reserve_ms=0)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        *at_once, runs = outcome(source, Path(one), looks=[10**9], options=StreamOptions())
        assert runs == 1
        *in_pieces, _ = outcome(source, Path(other), looks=looks, options=options)
        assert in_pieces == at_once


@given(
    most=st.integers(1, 1 << 26),
    first=st.integers(1, 1 << 20),
    history=st.lists(
        st.tuples(st.integers(0, 1 << 26), st.integers(-(1 << 20), 1 << 32), st.floats(0, 1e4), st.floats(0, 1e5))
    ),
    room=st.floats(0, 1e10),
)
def test_a_batch_stays_within_its_bounds(most: int, first: int, history: list[Any], room: float):
    size = BatchSize(most_bytes=most, first_bytes=first)
    last = max(first // 2, 1)
    slope = seconds = 0.0
    for batch_bytes, grown_bytes, took_s, left_s in history:
        asked = size.next_bytes(room_bytes=room, left_s=left_s)
        assert asked == 0 or size.least_bytes <= asked <= most
        assert asked <= max(2 * last, size.least_bytes)
        if asked > size.least_bytes and slope:
            assert asked <= 0.7 * room / slope + 1
        if asked and seconds:
            assert asked * seconds <= left_s / 2 * 1.001
        if asked == 0:
            assert left_s <= 0 or size.least_bytes * seconds > left_s / 2 * 0.999
        last = asked or last
        size.learn(batch_bytes, grown_bytes=grown_bytes, took_s=took_s)
        share = max(batch_bytes, size.least_bytes)
        sample = max(0, grown_bytes) / share
        slope = max(sample, slope + 0.3 * (sample - slope))
        seconds = max(took_s / share, seconds + 0.3 * (took_s / share - seconds))


@given(per_byte=st.floats(0.1, 1000), room=st.floats(1e5, 1e9))
def test_the_size_settles_where_memory_says(per_byte: float, room: float):
    size = BatchSize(most_bytes=1 << 26)
    for _ in range(60):
        asked = size.next_bytes(room_bytes=room, left_s=math.inf)
        size.learn(asked, grown_bytes=int(asked * per_byte), took_s=0.1)
    settled = size.next_bytes(room_bytes=room, left_s=math.inf)
    wanted = min(max(0.7 * room / per_byte, size.least_bytes), size.most_bytes)
    assert settled == pytest.approx(wanted, rel=0.01, abs=2)


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_a_cautious_estimate_is_never_below_its_last_sample(samples: list[float]):
    estimate = Cautious()
    for sample in samples:
        before = estimate.value
        estimate.learn(sample)
        assert sample <= estimate.value <= max(sample, before)
