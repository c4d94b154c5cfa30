"""Calls read out of bytes, however these are cut."""

import itertools
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.model.proof import Sent
from headstart.optimize.proof.calls import Call, Reader

GET = b"GET /a?b=1 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b'POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{"a":1}'
CHUNKED = b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n"
AUTH = b"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


STARTUP = struct.pack("!ii", 8, 80877103) + struct.pack("!ii", 20, 196608) + b"user\0me\0\0"[:12].ljust(12, b"\0")
QUERY = message(b"Q", b"SELECT 1\0")
PASSWORD = message(b"p", b"SCRAM-SHA-256\0secret")
PREPARE = message(b"P", b"s1\0INSERT INTO t VALUES ($1)\0\0\0")
BIND = message(b"B", b"\0s1\0\0\0\0\x01\0\0\0\x017\0\0")


def read(parts: Iterable[bytes], to: str = "x:80") -> list[Call]:
    return Reader().read(Sent("1", to, part) for part in parts)


@pytest.mark.parametrize(
    ("data", "to", "texts", "bodies"),
    [
        (GET + POST + CHUNKED, "x:80", ["GET /a?b=1 at x:80", "POST /b at x:80", "PUT /c at x:80"],
         [b"", b'{"a":1}', b"3\r\nabc\r\n0\r\n\r\n"]),
        (AUTH + SET, "redis", ["AUTH …", "SET k 'a b'"], [b"", b""]),
        (STARTUP + PASSWORD + QUERY + PREPARE + BIND, "postgres",
         ["SELECT 1", "prepare INSERT INTO t VALUES ($1)", "execute"], [b"", b"", b"\0\0\0\x01\0\0\0\x017\0\0"]),
    ],
    ids=["http", "redis", "sql"],
)  # fmt: skip
@given(cuts=st.sets(st.integers(1, 200), max_size=6))
def test_calls_are_the_same_however_the_bytes_are_cut(data, to, texts, bodies, cuts):
    ends = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    calls = read((data[a:b] for a, b in itertools.pairwise(ends)), to)
    assert [call.text for call in calls] == texts
    assert [call.body for call in calls] == bodies
    assert "secret" not in repr(calls)


def test_a_call_may_end_in_the_next_invocation():
    reader = Reader()
    assert reader.read([Sent("1", "x:80", POST[:30])]) == []
    (call,) = reader.read([Sent("1", "x:80", POST[30:])])
    assert dict(call.headers)["content-length"] == "7"


def test_connections_are_told_apart_and_calls_come_in_the_order_of_their_ends():
    sent = [Sent("1", "x:80", b""), Sent("1", "x:80", POST[:9]), Sent("2", "y:1", GET), Sent("1", "x:80", POST[9:])]
    assert [call.text for call in Reader().read(sent)] == ["connects to x:80", "GET /a?b=1 at y:1", "POST /b at x:80"]


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=4), st.sampled_from(["x:1", "postgres", "redis"]))
def test_anything_can_be_sent(parts, to):
    read(parts, to)


@pytest.mark.parametrize(
    ("data", "to"),
    [
        (b"*2\r\n$x\r\n", "x:80"),
        (b"*1\r\n$-5\r\n", "x:80"),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "x:80"),
        (bytes(12), "postgres"),
        (STARTUP + message(b"P", b"no end"), "postgres"),
        (STARTUP + b"Q" + bytes(8), "postgres"),
    ],
)
def test_what_only_begins_like_a_call_is_bytes_from_then_on(data, to):
    reader = Reader()
    assert [call.kind for call in reader.read([Sent("1", to, data)])] == ["bytes"]
    assert [call.body for call in reader.read([Sent("1", to, b"more")])] == [b"more"]


def test_what_is_no_known_call_is_bytes():
    (call,) = read([b"\x01\x02", b"\x03"])
    assert (call.text, call.body) == ("sends 3 bytes to x:80", b"\x01\x02\x03")
