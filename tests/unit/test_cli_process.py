"""The command line as a process of its own: signals, and readers that go away."""

import os
import signal
import subprocess
import sys

import pytest
from cli_fixture import function

# A lab whose second invocation never ends by itself.
PROGRAM = """
import asyncio
import sys

from headstart.cli.main import main
from headstart.testing import report


class Lab:
    def __init__(self, progress): self.invoked = 0
    async def __aenter__(self): return self
    async def __aexit__(self, *_):
        await asyncio.sleep(0)
        print("left", file=sys.stderr)
    async def invoker(self, spec): return self
    async def invoke(self, event, fresh):
        self.invoked += 1
        if "--count" in sys.argv and self.invoked > 1:
            print("waiting", file=sys.stderr, flush=True)
            await asyncio.sleep(60)
        return report(5.0)


sys.exit(main(sys.argv[1:], open_lab=Lab))
"""


def start(folder, *words, stdout):
    function(folder / "function")
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_leave_the_lab_and_keep_what_is_done(tmp_path, sent):
    process = start(tmp_path, "invoke", "function", "--count", "3", stdout=subprocess.PIPE)
    for line in process.stderr:
        if line == "waiting\n":
            break
    process.send_signal(sent)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "{}\n")
    assert err == "left\nheadstart: interrupted\n"


@pytest.mark.parametrize("words", [("--version",), ("invoke", "function")])
def test_a_reader_that_went_away_is_no_fault(tmp_path, words):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as stdout:
        process = start(tmp_path, *words, stdout=stdout)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "BrokenPipe" not in err
