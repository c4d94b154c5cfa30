"""The command line as a user has it: a process, a real function, the engine."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from headstart.model import limits

FUNCTION = """
import os

print("loaded")


def handler(event, context):
    print("asked", event)
    if "fail" in event:
        raise ValueError(event["fail"])
    return {"answer": event, "table": os.environ.get("TABLE"), "leaked": os.environ.get("SECRET_OF_MINE")}
"""
SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "function").mkdir()
    (tmp_path / "function/app.py").write_text(FUNCTION)
    return tmp_path


def headstart(*words: str, folder: Path, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "headstart", *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env=os.environ | environ,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_success_is_answered_on_stdout_with_lambdas_log_on_stderr(folder: Path):
    words = ("invoke", "function", "-e", '{"a": 1}', "--env", "TABLE=orders", "--memory", "256")
    done = headstart(*words, folder=folder, SECRET_OF_MINE="leaks")
    assert done.returncode == 0, done.stderr
    assert done.stdout == '{"answer": {"a": 1}, "table": "orders", "leaked": null}\n'
    log = [line for line in done.stderr.splitlines() if not line.startswith("headstart: ")]
    first_words = [line.split()[0] for line in log]
    assert first_words == ["INIT_START", "loaded", "START", "asked", "END", "REPORT"]
    assert "\tMemory Size: 256 MB\t" in log[-1]
    assert "\tInit Duration: " in log[-1]


def test_a_function_error_is_answered_with_its_json_and_exits_1(folder: Path):
    done = headstart("invoke", "function", "-e", '{"fail": "no stock"}', folder=folder)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["errorType"], answer["errorMessage"]) == ("ValueError", "no stock")
    assert "[ERROR] ValueError: no stock" in done.stderr


def test_a_timeout_exits_1(folder: Path):
    (folder / "function/app.py").write_text("import time\ndef handler(event, context): time.sleep(9)\n")
    done = headstart("invoke", "function", "--timeout", "1", folder=folder)
    assert done.returncode == 1
    assert "Task timed out after 1.00 seconds" in done.stdout


@pytest.mark.parametrize(
    ("source", "stdin", "name"),
    [("-", b'{"from": "stdin"}', "stdin"), ("sqs", b"", "sqs"), ("function/event.json", b"", "event")],
)
def test_the_event_is_stdin_a_sample_or_a_file(folder: Path, source: str, stdin: bytes, name: str):
    (folder / "function/event.json").write_text('{"from": "a file"}')
    done = headstart("invoke", "function", "--json", "-e", source, folder=folder, stdin=stdin)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["event_name"] == name


@pytest.mark.parametrize(("words", "cold"), [((), [True, False, False]), (("--cold",), [True, True, True])])
def test_many_invocations_share_an_environment_unless_cold(folder: Path, words: tuple[str, ...], cold: list[bool]):
    done = headstart("invoke", "function", "--json", "--count", "3", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["init"] is not None for report in reports] == cold
    assert len({report["environment_id"] for report in reports}) == cold.count(True)
    assert all(report["duration_ms"] > 0 for report in reports)
    assert done.stderr.splitlines()[-1].startswith("headstart: duration median ")


def zip_with(folder: Path, name: str, *, link: bool = False) -> str:
    with zipfile.ZipFile(folder / "bad.zip", "w") as zipped:
        zipped.writestr("app.py", FUNCTION)
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o120777 if link else 0o100644) << 16
        zipped.writestr(entry, "/etc/passwd")
    return "bad.zip"


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--handler", "app.nothing"), ["'nothing'", "--handler app.handler"]),
        (("--memory", "64"), ["64", "128 … 10240"]),
        (("--timeout", "1000"), ["1000", "1 … 900"]),
        (("-e", "{not json"), ["not JSON"]),
        (("--requirements", "needs.txt"), ["nowhere-1.0-py3-none-any.whl"]),
    ],
)
def test_a_wrong_request_exits_2_and_says_what_to_type(folder: Path, words: tuple[str, ...], parts: list[str]):
    (folder / "needs.txt").write_text("./nowhere-1.0-py3-none-any.whl\n")
    assert_refused(headstart("invoke", "function", *words, folder=folder), parts)


@pytest.mark.parametrize(("name", "link"), [("../evil.py", False), ("data", True)])
def test_a_zip_that_leads_out_of_itself_is_refused(folder: Path, name: str, link: bool):
    done = headstart("invoke", zip_with(folder, name, link=link), "--handler", "app.handler", folder=folder)
    assert_refused(done, [name])
    assert not (folder.parent / "evil.py").exists()


def test_a_runtime_that_is_not_here_is_told_from_those_that_are(folder: Path):
    own = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    missing = next(
        runtime
        for runtime in limits.PYTHON_RUNTIMES
        if runtime != own and not any((Path(place) / runtime).exists() for place in SYSTEM_FOLDERS)
    )
    nowhere = str(folder)
    environ = dict.fromkeys(("PATH", "HOME", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"), nowhere)
    done = headstart("invoke", "function", "--runtime", missing, folder=folder, **environ)
    assert_refused(done, [f"no {missing} on this machine", own])


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(folder: Path):
    (folder / "file").touch()
    done = headstart("check", "function", "--output", "file/report", folder=folder)
    assert_refused(done, ["file/report cannot be written", "--output DIR"])
    assert "cold starts" not in done.stderr


@pytest.mark.slow
def test_a_check_shows_writes_compares_and_gates(folder: Path):
    first = headstart("check", "function", "--runs", "2", "--json", "before.json", folder=folder)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-2] == "Report: headstart-report/report.html"
    assert (folder / "headstart-report/report.html").stat().st_size < 400_000
    again = headstart("check", "function", "--runs", "2", "--json", "-", "--compare", "before.json", folder=folder)
    assert again.returncode in (0, 1), again.stderr
    assert json.loads(again.stdout)["function"]["handler"] == "app.handler"
    gated = headstart("check", "function", "--runs", "2", "--max-init-ms", "0.001", folder=folder)
    assert gated.returncode == 1
    assert "above --max-init-ms 0.001" in gated.stderr
    against = headstart("check", "function", "--runs", "2", "--against", "function", folder=folder)
    assert against.returncode in (0, 1), against.stderr
    assert "run in turn" in against.stdout


def test_init_writes_a_file_that_invoke_understands(folder: Path):
    assert headstart("init", "function", "--memory", "512", folder=folder).returncode == 0
    done = headstart("invoke", "function", folder=folder)
    assert (done.returncode, "Memory Size: 512 MB" in done.stderr) == (0, True)
    assert_refused(headstart("init", "function", folder=folder), ["is there already", "--force"])


def assert_refused(done: subprocess.CompletedProcess[str], parts: list[str]) -> None:
    assert done.returncode == 2, done.stderr
    assert [part for part in (*parts, "hint: ") if part not in done.stderr] == []
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
