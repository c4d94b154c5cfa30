"""headstart fix in real sandboxes: what saves time is measured, proved and written."""

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """\
import re

LINES = [f"order-{number}" for number in range(50_000)]


def handler(event, context):
    return {"found": sum(re.match(r"order-\\d+$", line) is not None for line in LINES)}
"""


@pytest.mark.slow
def test_what_saves_time_and_behaves_as_before_is_written(tmp_path: Path):
    (tmp_path / "app.py").write_text(CODE)
    command = [sys.executable, "-m", "headstart", "fix", ".", "--rule", "HS443", "--write"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert "HS443 saves" in done.stdout
    assert "it behaves as before in 1 event" in done.stdout
    assert "fixed 1 finding in 1 file" in done.stderr
    assert "HANDLER_PATTERN.match(line)" in (tmp_path / "app.py").read_text()
