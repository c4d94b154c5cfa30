"""The imports probe beside AWS's own runtime client, on every Python of this machine, with pandas and boto3."""

import json
import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from probe_fixture import GUEST, pythons

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_APP = """
import csv
import uuid

import boto3
import pandas as pd

TABLE = list(csv.reader(["a,b"]))


def handler(event, context):
    if event["kind"] == "fail":
        raise ValueError("no such kind")
    if event["kind"] == "table":
        return int(pd.DataFrame({"a": [1, 2]})["a"].sum())
    client = boto3.client("s3", region_name="eu-west-1")
    return {"id": str(uuid.UUID(int=1)), "region": client.meta.region_name}
"""

_DRIVER = """
import json
import os
import sys

task_root, runtime, guest, probe = sys.argv[1:5]
sys.path[:] = [task_root, runtime, guest, *sys.path[1:]]
from awslambdaric import __main__ as client


def emit(record):
    os.write(3, json.dumps(record).encode() + b"\\n")


if probe:
    __import__(probe).install(emit, task_root)
client.main(["bootstrap.py", os.environ["_HANDLER"]])
"""

_USUAL, _TABLE, _FAIL = ({"kind": kind} for kind in ("usual", "table", "fail"))


# The records leave by a descriptor of their own, what the function prints by stderr.
_RECORDS_APART = ("/bin/sh", "-c", 'exec 3>&1 1>&2; exec "$@"', "sh")
_UV_OPTIONS = ("pip", "install", "--quiet", "--only-binary", ":all:", "--compile-bytecode")


class _RuntimeApi(BaseHTTPRequestHandler):
    """Lambda's Runtime API for one runtime: events out, answers in."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        number, event = self.server.events.get()
        self._answer(
            200,
            json.dumps(event).encode(),
            {"Lambda-Runtime-Aws-Request-Id": str(number), "Lambda-Runtime-Deadline-Ms": "9999999999999"},
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append((self.path.rpartition("/")[2], json.loads(body)))
        self._answer(202, b"{}", {})

    def _answer(self, status, body, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def _runtime_api(events: tuple[dict[str, str], ...]) -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _RuntimeApi)
    server.daemon_threads = True
    server.events, server.answers = queue.Queue(), []
    for number, event in enumerate(events):
        server.events.put((number, event))
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _install(python: str, target: Path, *packages: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, *_UV_OPTIONS, "--python", python, "--target", target, *packages],
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module", params=sorted(pythons()))
def function(request: Any, tmp_path_factory: Any) -> dict[str, str]:
    folder = tmp_path_factory.mktemp(request.param)
    _install(pythons()[request.param], folder / "task", "pandas", "boto3")
    _install(pythons()[request.param], folder / "runtime", "awslambdaric==4.2.2")
    (folder / "task" / "app.py").write_text(_APP)
    (folder / "driver.py").write_text(_DRIVER)
    return {"python": pythons()[request.param], "folder": str(folder)}


def _run(function: dict[str, str], *events: dict[str, str], probe: str = "probe_imports") -> tuple[Any, list[Any]]:
    """Send the events; the last record that the probe emitted (none without a probe) and the answers."""
    folder = Path(function["folder"])
    records = folder / "records"
    paths = [str(folder / "task"), str(folder / "runtime"), str(GUEST), probe]
    with _runtime_api(events) as api, records.open("wb") as output:
        # The Python that runs the tests has packages of its own, which must not be seen: -S.
        process = subprocess.Popen(
            [*_RECORDS_APART, function["python"], "-S", "-s", folder / "driver.py", *paths],
            env={
                "PATH": os.environ["PATH"],
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
                "LAMBDA_RUNTIME_DIR": str(folder / "runtime"),
                "_HANDLER": "app.handler",
            },
            stdout=output,
        )
        try:
            while process.poll() is None and not _is_done(api, records, len(events), probe):
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    lines = records.read_text().splitlines()
    return json.loads(lines[-1]) if lines else None, api.answers


def _is_done(api: Any, records: Path, events: int, probe: str) -> bool:
    if len(api.answers) < events:
        return False
    lines = records.read_text().splitlines(keepends=True)
    return not probe or any(line.endswith("\n") and json.loads(line)["events"] == events for line in lines)


def _modules(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert "error" not in record, record["error"]
    return {module["module"]: module for module in record["modules"]}


def test_what_the_events_do_not_reach_is_unused(function):
    record, answers = _run(function, _USUAL, _USUAL)
    modules = _modules(record)
    assert answers[0][1]["region"] == "eu-west-1"
    pandas = [module for module in record["modules"] if module["distribution"] in ("pandas", "numpy")]
    assert len(pandas) > 300
    assert [module["module"] for module in pandas if module["used"]] == []
    assert all(modules[name]["used"] for name in ("app", "boto3", "botocore", "botocore.session", "uuid", "csv"))
    assert modules["pandas"]["importer"] == "app.py"
    assert modules["pandas"]["line"] == 6
    assert modules["pandas"]["memory_kb"] > 10_000
    assert all(module["has_bytecode"] for module in pandas)


def test_what_one_event_reaches_is_used(function):
    record, _ = _run(function, _TABLE, _TABLE)
    modules = _modules(record)
    assert all(modules[name]["used"] for name in ("pandas", "pandas.core.frame", "numpy"))
    assert not modules["pandas.io.clipboards"]["used"]
    assert not modules["boto3"]["used"]


def test_the_times_add_up(function):
    record, _ = _run(function, _USUAL)
    modules = record["modules"]
    children: dict[int, float] = {}
    for module in modules:
        children[module["parent"]] = children.get(module["parent"], 0) + module["cumulative_ms"]
    for module in modules:
        assert module["cumulative_ms"] >= module["self_ms"] - 0.002
        assert module["self_ms"] + children.get(module["id"], 0) == pytest.approx(module["cumulative_ms"], abs=0.5)
    init_ms = sum(module["self_ms"] for module in modules if not module["in_handler"])
    assert 0.9 * record["profiled_init_ms"] < init_ms <= record["profiled_init_ms"]


def test_a_client_made_in_the_handler_is_timed(function):
    record, _ = _run(function, _USUAL, _TABLE, _USUAL, _TABLE)
    (work,) = record["handler_work"]
    assert (work["path"], work["source"]) == ("app.py", 'client = boto3.client("s3", region_name="eu-west-1")')
    assert work["what"] == "boto3.client"
    assert work["events"] == 2
    assert len(work["durations_ms"]) == 1
    assert work["durations_ms"][0] > 0.5


def test_answers_are_those_without_a_probe(function):
    events = (_FAIL, _USUAL, _TABLE)
    answers = [_run(function, *events, probe=probe)[1] for probe in ("", "probe_imports", "probe_allocations")]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0][1]["stackTrace"] == [
        f'  File "{function["folder"]}/task/app.py", line 13, in handler\n    raise ValueError("no such kind")\n'
    ]


def test_allocations_are_held_by_lines_of_the_package(function):
    record, _ = _run(function, _TABLE, _TABLE, probe="probe_allocations")
    assert record["traced_mb"] > 20
    assert len(record["sites"]) == 20
    assert sum(site["bytes"] for site in record["sites"]) / 1024 / 1024 < record["traced_mb"]
    in_package = [site for site in record["sites"] if not site["path"].startswith("/")]
    assert len(in_package) > 10
    assert all(site["source"] for site in in_package)
