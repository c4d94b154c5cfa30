"""What the function of examples/compute reads over HTTP, from PostgreSQL, files and S3. D81 … D84 are the course's."""

import asyncio
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import psycopg
import pytest
from examples.compute_function import FOLDER, UNUSED, Compute

TEXT = "Zürich, Ísafjörður"  # 18 characters, 22 bytes
FILE = FOLDER / "data/stations.csv"
FAILED = "it failed; the log says why"
REFUSED = "the URL leads to where this function may not go"


class Server:
    """An HTTP server on loopback, and what it has seen."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.connections: set[object] = set()
        self.in_progress = self.most_in_progress = 0
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"server_of_test": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def begin(self, path: str, client: object) -> int:
        """Count a request; how often its path was asked for before."""
        with self._lock:
            self.connections.add(client)
            self.in_progress += 1
            self.most_in_progress = max(self.most_in_progress, self.in_progress)
            self.seen[path] += 1
            return self.seen[path] - 1

    def end(self) -> None:
        with self._lock:
            self.in_progress -= 1

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_of_test: ClassVar[Server]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        before = self.server_of_test.begin(self.path, self.client_address)
        try:
            getattr(self, f"answer_{self.path.strip('/')}")(before)
        finally:
            self.server_of_test.end()

    def answer_text(self, _before: int) -> None:
        self.answer(200, TEXT.encode())

    def answer_slow(self, _before: int) -> None:
        time.sleep(0.1)
        self.answer(200)

    def answer_stuck(self, _before: int) -> None:
        time.sleep(2)
        self.close_connection = True

    def answer_missing(self, _before: int) -> None:
        self.answer(404)

    def answer_busy(self, before: int) -> None:
        self.answer(200 if before else 503)

    def answer_large(self, _before: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()
        self.close_connection = True

    def answer_moved(self, _before: int) -> None:
        self.send_response(302)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the standard library)
        return


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def compute(server: Server, monkeypatch: pytest.MonkeyPatch) -> Compute:
    """The function that may call the server, and has neither database nor S3."""
    for name, value in {**UNUSED, "PRIVATE_HTTP_ORIGINS": server.origin}.items():
        monkeypatch.setenv(name, value)
    return Compute()


@pytest.fixture
def everything(
    server: Server,
    database_url: str,
    s3: Any,
    *,
    bucket: str,
    aws_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Compute:
    """The function with all that it reads from."""
    variables = {"DATABASE_URL": database_url, "DATA_BUCKET": bucket, "PRIVATE_HTTP_ORIGINS": server.origin}
    for name, value in {**aws_environment, **variables}.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute((FOLDER / "schema.sql").read_bytes())
    s3.put_object(Bucket=bucket, Key="zürich.txt", Body=TEXT.encode())
    return Compute()


def http(server: Server, path: str) -> dict[str, str]:
    return {"kind": "http", "url": f"{server.origin}/{path}"}


def test_d82_everything_is_read_and_counted(everything: Compute, server: Server):
    found = everything.tasks(
        {"kind": "sql", "station": "Zürich"},
        {"kind": "s3", "key": "zürich.txt"},
        {"kind": "file", "name": "stations.csv"},
        http(server, "text"),
        {"kind": "sql", "station": "Atlantis"},
    )
    assert found == {
        "results": [
            {"index": 0, "kind": "sql", "row_count": 365},
            {"index": 1, "kind": "s3", "size_bytes": 22},
            {"index": 2, "kind": "file", "size_bytes": FILE.stat().st_size, "line_count": 4},
            {"index": 3, "kind": "http", "status": 200, "size_bytes": 22},
            {"index": 4, "kind": "sql", "row_count": 0},
        ],
        "succeeded": 5,
        "failed": 0,
    }


def test_d82_rows_are_counted_not_supposed(everything: Compute, database_url: str):
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM readings WHERE station = 'Zürich' AND day > '2026-01-31'")
    assert everything.tasks({"kind": "sql", "station": "Zürich"})["results"][0]["row_count"] == 31


def test_sql_in_a_value_is_a_value(everything: Compute):
    stations = ["' OR true --", "Zürich'; DROP TABLE readings; --", "%s"]
    found = everything.tasks(*({"kind": "sql", "station": station} for station in [*stations, "Lugano"]))
    assert [one["row_count"] for one in found["results"]] == [0, 0, 0, 365]


@pytest.mark.parametrize("limit", [1, 3])
def test_d82_no_more_than_the_limit_are_in_progress(compute: Compute, server: Server, limit: int):
    assert compute.tasks(*[http(server, "slow")] * 12, limit=limit)["succeeded"] == 12
    assert (server.seen["/slow"], server.most_in_progress) == (12, limit)


def test_d81_what_is_no_task_is_an_error_at_its_own_index(compute: Compute, server: Server):
    found = compute.tasks(
        {"kind": "carrier_pigeon"}, http(server, "text"), 7, None, {}, {"kind": ["http"]}, {"kind": "http"}
    )
    assert found["results"] == [
        {"index": 0, "error": 'kind is "carrier_pigeon"; allowed: http, sql, file, s3'},
        {"index": 1, "kind": "http", "status": 200, "size_bytes": 22},
        {"index": 2, "error": "a task must be an object, is an integer"},
        {"index": 3, "error": "a task must be an object, is null"},
        {"index": 4, "error": "kind is missing; allowed: http, sql, file, s3"},
        {"index": 5, "error": "kind is an array; allowed: http, sql, file, s3"},
        {"index": 6, "error": "url is missing"},
    ]
    assert (found["succeeded"], found["failed"]) == (1, 6)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://[::1]/",
        "http://2130706433/",
        "https://example.com/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "/etc/passwd",
        "text",
        "http://user@{host}/text",
        "http://{host}@169.254.169.254/",
        "http://{host}\\@169.254.169.254/",
        "https://{host}/text",
    ],
)
def test_d83_only_allowed_origins_are_called(compute: Compute, server: Server, url: str):
    found = compute.tasks({"kind": "http", "url": url.replace("{host}", server.origin.removeprefix("http://"))})
    assert found["results"] == [{"index": 0, "error": REFUSED}]
    assert not server.seen


def test_d83_a_redirect_leads_no_further_than_a_url(compute: Compute, server: Server):
    assert compute.tasks(http(server, "moved"))["results"] == [{"index": 0, "error": REFUSED}]
    assert server.seen == {"/moved": 1}


def test_d83_sizes_are_in_bytes_and_none_is_too_large(compute: Compute, server: Server):
    text, large = compute.tasks(http(server, "text"), http(server, "large"))["results"]
    assert len(TEXT) == 18
    assert text["size_bytes"] == len(TEXT.encode()) == 22
    assert large["error"].startswith(f"the response of {server.origin} has more than ")


def test_d83_connections_are_kept_from_invocation_to_invocation(compute: Compute, server: Server):
    for _ in range(3):
        assert compute.tasks(http(server, "text"), http(server, "text"), limit=1)["succeeded"] == 2
    assert len(server.connections) == 1


def test_d84_no_event_loop_is_left_current(compute: Compute, server: Server):
    def invoke() -> str:
        assert compute.tasks(http(server, "text"))["succeeded"] == 1
        with pytest.raises(RuntimeError) as raised:
            asyncio.get_event_loop()
        return str(raised.value)

    with ThreadPoolExecutor(1) as pool:
        assert "no current event loop" in pool.submit(invoke).result()
        assert pool.submit(asyncio.run, asyncio.sleep(0, "runs")).result() == "runs"
        assert "no current event loop" in pool.submit(invoke).result()


def test_a_status_that_says_no_is_an_error_and_one_that_passes_is_tried_again(compute: Compute, server: Server):
    missing, busy = compute.tasks(http(server, "missing"), http(server, "busy"))["results"]
    assert missing == {"index": 0, "error": "the response has the status 404"}
    assert busy == {"index": 1, "kind": "http", "status": 200, "size_bytes": 0}
    assert server.seen == {"/missing": 1, "/busy": 2}


def test_a_task_that_takes_too_long_fails_alone(compute: Compute, server: Server):
    stuck, text = compute.tasks(http(server, "stuck"), http(server, "text"), timeout_s=0.3)["results"]
    assert stuck == {"index": 0, "error": "task 0 was not done within 0.3 s"}
    assert text["status"] == 200


def test_d80_what_there_was_no_time_for_is_said_at_its_index(compute: Compute, server: Server):
    found = compute.tasks(*[http(server, path) for path in ("text", "stuck", "stuck", "text")], limit=2, timeout_ms=900)
    assert [one.get("status") for one in found["results"]] == [200, None, None, None]
    # The request's own limit is what the deadline leaves, so either may be what ends it.
    late = re.compile(r"no time is left for|\d+ ms are left, too few for|did not answer completely within")
    assert all(late.search(one["error"]) for one in found["results"][1:]), found
    assert (found["succeeded"], found["failed"]) == (1, 3)


def test_what_is_not_there_is_said(everything: Compute):
    found = everything.tasks({"kind": "file", "name": "absent.csv"}, {"kind": "s3", "key": "absent"})
    assert [one["error"] for one in found["results"]] == ["there is no file absent.csv", 'there is no object "absent"']


@pytest.mark.parametrize("name", ["../app.py", "/etc/passwd", "..", "", "a/b.csv", "stations.csv\n", "stations.csv\0"])
def test_no_file_is_read_but_those_of_the_data(compute: Compute, name: str):
    [refused] = compute.tasks({"kind": "file", "name": name})["results"]
    assert refused == {"index": 0, "error": "name must be the name of a CSV file"}


def test_a_fault_is_in_the_log_and_not_in_the_answer(
    compute: Compute, server: Server, capsys: pytest.CaptureFixture[str]
):
    fault, text = compute.tasks({"kind": "sql", "station": "Zürich"}, http(server, "text"))["results"]
    assert fault == {"index": 0, "error": FAILED}
    assert text["status"] == 200
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"ERROR"' in line]
    assert (line["index"], line["error"]["type"]) == (0, "ResourceError")
