"""Ctrl-C during headstart tune: what was measured is shown and kept, and nothing is put into use."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_fixture import function

from headstart.report import tune_as_json

# A lab in which the sixth invocation never ends by itself.
PROGRAM = """
import asyncio
import sys
from random import Random

from headstart.cli.main import main
from headstart.measure.check import Session
from headstart.model.progress import NoProgress
from headstart.model.results import HostFacts
from headstart.testing import ScriptedInvoker, init_report, report

HOST = HostFacts(platform="p", cpus=2, python="3", headstart="1", cpu="c", memory="m", freeze="f", files="f")


class Invoker:
    calls = 0
    def __init__(self, inner): self.inner, self.spec = inner, inner.spec
    def at_memory(self, memory): return Invoker(self.inner.at_memory(memory))
    async def close(self): print("closed", file=sys.stderr, flush=True)
    async def invoke(self, event, *, fresh=False):
        Invoker.calls += 1
        if Invoker.calls > 5:
            print("waiting", file=sys.stderr, flush=True)
            await asyncio.sleep(60)
        return await self.inner.invoke(event, fresh=fresh)


def script(call):
    init = init_report() if call.fresh else None
    return report(100.0, init=init, memory_size_mb=call.memory.mb, event_name=call.event.name)


class Lab:
    def __init__(self, progress): pass
    async def __aenter__(self): return self
    async def __aexit__(self, *_): print("left", file=sys.stderr)
    def session(self, _): return Session(created="now", host=HOST, shuffle=Random(1), progress=NoProgress())
    async def invoker(self, project): return Invoker(ScriptedInvoker(project.spec, script))


sys.exit(main(sys.argv[1:], open_lab=Lab))
"""
TOML = "[function]\nmemory_mb = 256\n"
# The sixth call never ends by itself.
HOOK = """
import sys
import time

calls = 0

def wait(event):
    global calls
    calls += 1
    if calls > 5:
        print("waiting", file=sys.stderr, flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("hook", [(), ("--before", "hook:wait")], ids=("an invocation hangs", "a hook hangs"))
def test_what_was_measured_is_shown_and_kept(hook, tmp_path: Path):
    (tmp_path / "hook.py").write_text(HOOK)
    (function(tmp_path / "function") / "headstart.toml").write_text(TOML)
    words = ("tune", "function", "--sizes", "256,1024", "--apply", *hook)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line == "waiting\n":
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Why it ended  interrupted" in out
    assert "Report: headstart-report/tune.html" in out
    assert err == "closed\nclosed\nleft\nheadstart: interrupted; every invocation is in headstart-report/tune.jsonl\n"
    report = tmp_path / "headstart-report"
    assert tune_as_json.decode((report / "tune.json").read_bytes()).invocations == 5
    assert len((report / "tune.jsonl").read_text().splitlines()) == 5
    assert (tmp_path / "function/headstart.toml").read_text() == TOML
