"""Cutting what a sandbox writes into log events."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.engine.log_stream import LogStream, tail
from headstart.model import limits
from headstart.model.invocation import LogLine

NOW_S = 1_795_000_000.25
LINE_MAX = limits.LOG_LINE_BYTES_MAX


def frame(text: bytes, *, kind: bytes = b"\xa5\x5a\x00\x0f", time_s: float = NOW_S) -> bytes:
    return kind + struct.pack(">IQ", len(text), int(time_s * 1e6)) + text


@pytest.fixture
def stream() -> LogStream:
    return LogStream(lambda: NOW_S)


def texts(stream: LogStream) -> list[str]:
    return [line.text for line in stream.take()]


def test_plain_output_is_cut_at_line_ends(stream):
    stream.feed(b"one\ntwo\n\nthr")
    stream.feed(b"ee\n")
    assert stream.take() == tuple(LogLine(NOW_S, text) for text in ("one", "two", "", "three"))


def test_a_line_without_end_ends_with_the_invocation(stream):
    stream.feed(b"no end")
    stream.platform("END RequestId: r")
    assert stream.take() == (LogLine(NOW_S, "no end"), LogLine(NOW_S, "END RequestId: r", "platform"))
    stream.feed(b"next\n")
    assert texts(stream) == ["next"]


def test_a_frame_is_one_event_with_its_line_ends_and_its_own_time(stream):
    stream.feed(frame(b"[ERROR] boom\nTraceback\n  line 1\n", time_s=NOW_S - 5))
    assert stream.take() == (LogLine(NOW_S - 5, "[ERROR] boom\nTraceback\n  line 1"),)


def test_the_order_of_output_and_frames_is_kept(stream):
    stream.feed(b"first\n" + frame(b"second") + b"third, cut short" + frame(b"fourth") + b"fifth\n")
    assert texts(stream) == ["first", "second", "third, cut short", "fourth", "fifth"]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 16, 1000])
def test_output_may_come_in_any_pieces(stream, step):
    data = (
        b"before\n" + frame(b"framed\ntext", kind=b"\xa5\x5a\x00\x03") + b"\xc3\xa9t\xc3\xa9\n" + frame(b"") + b"after"
    )
    for at in range(0, len(data), step):
        stream.feed(data[at : at + step])
    assert texts(stream) == ["before", "framed\ntext", "été", "", "after"]


@pytest.mark.parametrize(
    ("size_bytes", "pieces"),
    [
        (LINE_MAX, [LINE_MAX]),
        (LINE_MAX + 1, [LINE_MAX, 1]),
        (2 * LINE_MAX + 500, [LINE_MAX, LINE_MAX, 500]),
    ],
)
@pytest.mark.parametrize("framed", [False, True])
def test_a_long_line_is_several_events(stream, size_bytes, pieces, framed):
    line = b"x" * size_bytes
    data = frame(line) if framed else line + b"\n"
    for at in range(0, len(data), 65_536):
        stream.feed(data[at : at + 65_536])
    found = [len(text) for text in texts(stream)]
    # A line that ends just where an event is full leaves nothing for another.
    assert [length for length in found if length] == pieces


def test_bytes_that_are_no_text_are_shown_as_far_as_they_can_be(stream):
    stream.feed(b"\xff\xfe\x00 binary \x80\n")
    assert texts(stream) == ["\ufffd\ufffd\x00 binary \ufffd"]


def test_what_only_looks_like_a_frame_is_output(stream):
    garbage = b"\xa5\x5a\x00\x03" + b"\xff" * 12 + b"rest"
    stream.feed(b"before\n" + garbage + b"\nafter\n")
    assert texts(stream) == ["before", garbage.decode("utf-8", "replace"), "after"]


def test_a_frame_whose_writer_was_killed_ends_with_it(stream):
    stream.feed(frame(b"x" * 1000)[:500])
    assert texts(stream) == ["x" * (500 - 16)]
    stream.feed(b"the next runtime\n" + frame(b"speaks"))
    assert texts(stream) == ["the next runtime", "speaks"]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_byte_is_lost_whatever_is_written(data, step):
    stream = LogStream(lambda: 0.0)
    printable = data.replace(b"\xa5", b"?")
    for at in range(0, len(printable), step):
        stream.feed(printable[at : at + step])
    expected = printable.decode("utf-8", "replace")
    assert "\n".join(texts(stream)) == expected.removesuffix("\n")


def test_our_own_guest_s_frames_are_no_log(stream):
    record = {"module": "app", "ms": 1.5}
    stream.feed(b"a\n" + b"\xa5\x5a\xff\x00" + struct.pack(">IQ", 0, 123_456))
    stream.feed(frame(json.dumps(record).encode(), kind=b"\xa5\x5a\xff\x01", time_s=0) + b"b\n")
    assert texts(stream) == ["a", "b"]
    assert stream.booted_ns == 123_456_000
    assert stream.probe_record == record


def test_a_large_record_that_comes_after_the_answer_is_waited_for_until_its_runtime_is_gone(stream):
    stream.feed(frame(b"{}", kind=b"\xa5\x5a\xff\x01", time_s=0))
    record = frame(json.dumps({"sent": "x" * 1000}).encode(), kind=b"\xa5\x5a\xff\x01", time_s=0)
    stream.feed(b"a\n" + record[:500])
    stream.platform("END")
    assert texts(stream) == ["a", "END"]
    stream.feed(record[500:])
    assert stream.probe_record == {"sent": "x" * 1000}
    stream.feed(record[:500])
    stream.begin()
    stream.feed(b"the next runtime\n")
    assert texts(stream)[1:] == ["the next runtime"]


def test_of_a_flood_the_beginning_and_the_end_are_kept(stream):
    for number in range(200_000):
        stream.feed(b"line %06d of a flood that goes on for long\n" % number)
    stream.platform("END")
    lines = texts(stream)
    dropped = stream.take_dropped()
    assert stream.take_dropped() == 0
    assert lines[0].startswith("line 000000")
    assert lines[-2].startswith("line 199999")
    assert lines[-1] == "END"
    assert len(lines) + dropped == 200_001
    assert 4_000_000 < sum(len(line) for line in lines) < 5_000_000
    stream.feed(b"calm\n")
    assert texts(stream) == ["calm"]


def test_a_flood_of_long_lines_stays_within_bounds(stream):
    for _ in range(100):
        stream.feed(b"y" * LINE_MAX + b"\n")
    assert sum(len(line) for line in texts(stream)) < 5_000_000


def test_tail_is_the_last_4_kb():
    lines = tuple(LogLine(NOW_S, f"line {number:04d} é") for number in range(1_000))
    whole = "".join(f"{line.text}\n" for line in lines).encode()
    assert tail(lines) == whole[-4096:]
    assert tail(lines[:2]) == "line 0000 é\nline 0001 é\n".encode()
    assert tail(()) == b""
