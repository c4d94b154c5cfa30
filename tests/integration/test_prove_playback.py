"""headstart prove in real sandboxes: servers that it did not start are asked in the first replay alone."""

import socket
from pathlib import Path

import pytest
from outside_fixture import outside
from prove_fixture import EVENTS, Pair

from headstart.lab import Lab
from headstart.model.proof import Verdict

PLAIN = """
import http.client
import http.server
import os
import socket
import threading
import urllib.request


class Own(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_): ...


own = http.server.HTTPServer(("127.0.0.1", int(os.environ["OWN"])), Own)
threading.Thread(target=own.serve_forever, daemon=True).start()
connection = http.client.HTTPConnection(os.environ["SERVER"])


def ask(path, body=None, host=None):
    if host:
        connection.__init__(host)
    connection.request("POST" if body else "GET", path, body)
    return connection.getresponse().read().decode()


def refused():
    try:
        socket.create_connection(("127.0.0.1", 1), timeout=5)
    except OSError as error:
        return repr(error)


def handler(event, context):
    first = ask("/plain?n=1")
    assert connection.sock.getpeername() == ("127.0.0.1", connection.port)
    assert urllib.request.urlopen("http://127.0.0.1:" + os.environ["OWN"] + "/own").read() == b"/own"
    return {"answers": [first, ask("/plain", b"{}")], "refused": refused()}
"""


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    pair = Pair(tmp_path)
    pair.events = EVENTS[:1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        pair.environment = {"OWN": str(free.getsockname()[1])}
    return pair


async def test_a_server_is_asked_in_the_first_replay_alone(pair):
    """What the server answers changes each time. A server of the function's own is none of others, wherever it is."""
    new = PLAIN.replace("first", "found")
    with outside() as server:
        pair.environment["SERVER"] = server.address
        result = await pair.prove(PLAIN, new)
    assert (result.verdict, result.volatile, result.unseen) == (Verdict.SAME, (), ()), result
    assert result.failing == ()
    assert server.asked == ["GET /plain?n=1", "POST /plain"] * 3
    assert result.notes[0].endswith("its 6 answers were played back")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("?n=1", "?n=2", "network call 2"),
        ('b"{}"', 'b"[]"', "network call 4, body (its form)"),
        ('b"{}")]', 'b"{}"), ask("/more", host="nowhere.invalid")]', "response.answers[2]"),
    ],
)
async def test_a_package_that_asks_otherwise_is_different_and_the_server_does_not_hear_it(pair, before, after, field):
    assert before in PLAIN
    with outside() as server:
        pair.environment["SERVER"] = server.address
        result = await pair.prove(PLAIN, PLAIN.replace(before, after))
    assert (result.verdict, len(server.asked)) == (Verdict.DIFFERENT, 6)
    assert field in {difference.field for difference in result.differences}
    assert any("/more at nowhere.invalid:80" in sentence for sentence in result.unseen) is ("/more" in after)


@pytest.mark.slow
async def test_without_playback_the_server_is_asked_each_time(pair):
    with outside() as server:
        pair.environment["SERVER"] = server.address
        async with Lab() as lab:
            old, new = pair.project("old", PLAIN), pair.project("new", PLAIN)
            result = await lab.prove(old, new, plays_back=False)
    assert len(server.asked) == (4 * 3 + 1) * 2
    assert (result.verdict, result.notes) == (Verdict.UNDECIDED, ())
    assert {field.field for field in result.volatile} >= {"response.answers[0]"}
