"""headstart tune as a user has it: a process, a real function at several memory sizes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from leftovers import wait_for_none

from headstart.report import tune_as_json

# 20 ms of CPU, then waiting; an event may ask for a long wait at some invocation of an environment.
FUNCTION = """
import time

seen = []


def handler(event, context):
    end_s = time.process_time() + 0.02
    while time.process_time() < end_s:
        pass
    time.sleep(0.01)
    seen.append(event)
    if event.get("hang_at") == len(seen):
        time.sleep(60)
    return len(seen)
"""
TOML = """\
[function]
memory_mb = 1769  # one vCPU
timeout_s = 120

[[events]]
name = "usual"
payload = '{}'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "function").mkdir()
    (tmp_path / "function/app.py").write_text(FUNCTION)
    (tmp_path / "function/headstart.toml").write_text(TOML)
    return tmp_path


def tune(folder: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "headstart", "tune", "function", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_real_function_is_tuned_and_its_file_changed(folder: Path):
    words = ("--invocations", "12", "--apply", "--power-tuning-output", "power.json")
    process = tune(folder, *words)
    out, err = process.communicate()
    assert process.returncode == 0, err
    result = tune_as_json.decode((folder / "headstart-report/tune.json").read_bytes())
    measured = [size for size in result.sizes if size.is_measured]
    assert 3 <= len(measured) <= result.invocations / 2 <= 6
    assert all(set(size.outcomes) == {"succeeded"} for size in measured)
    chosen_mb = result.recommendations[0].memory_mb
    assert (folder / "function/headstart.toml").read_text() == TOML.replace("1769", str(chosen_mb))
    assert out.startswith(f"{chosen_mb:,} MB: ")
    assert json.loads((folder / "power.json").read_text())["power"] == chosen_mb


@pytest.mark.slow
def test_ctrl_c_shows_what_was_measured_and_leaves_nothing(folder: Path):
    words = ("--sizes", "1024,1769", "-e", '{"hang_at": 4}', "--invocations", "12")
    process = tune(folder, *words)
    journal = folder / "headstart-report/tune.jsonl"
    while not journal.exists() or len(journal.read_bytes().splitlines()) < 6:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Why it ended  interrupted" in out
    assert tune_as_json.decode((folder / "headstart-report/tune.json").read_bytes()).invocations == 6
    assert wait_for_none(process.pid) == set()
