"""Whatever ends an engine, nothing of it stays: no process, control group, loop device, mount or folder."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

import engine_apart
import psutil
import pytest
from leftovers import leftovers, wait_for_none
from processes import alive

from headstart.engine import control_groups
from headstart.engine.control_groups import Hierarchy
from headstart.engine.local_lambda import LocalLambda
from headstart.errors import SandboxError
from headstart.model.invocation import Event

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def others() -> list[psutil.Process]:
    """What runs below this process without being the engine's: the servers of other tests."""
    return processes_below(os.getpid())


@pytest.fixture
def start(tmp_path) -> Iterator[Start]:
    """Start an engine apart, and wait until it has one frozen and one busy environment."""
    started = []

    def start(isolation: str = "root") -> "subprocess.Popen[str]":
        (tmp_path / "app.py").write_text(engine_apart.SOURCE)
        process = subprocess.Popen(
            [sys.executable, engine_apart.__file__, str(tmp_path), isolation],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def processes_below(pid: int, *, besides: Collection[psutil.Process] = ()) -> list[psutil.Process]:
    return [process for process in psutil.Process(pid).children(recursive=True) if process not in besides]


@pytest.mark.parametrize("isolation", ["root", pytest.param("none", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)]
)
def test_nothing_is_left_of_an_engine_that_is_ended(start, isolation, number):
    if isolation == "root" and os.geteuid() != 0:
        isolation = "user"
    engine = start(isolation)
    below = processes_below(engine.pid)
    assert len(below) > 8
    os.killpg(engine.pid, number)
    engine.wait(10)
    assert not alive(below, within_s=3)
    assert not wait_for_none(engine.pid)
    assert engine.returncode != 0


def test_what_is_left_is_seen(start):
    engine = start("root" if os.geteuid() == 0 else "user")
    assert leftovers(engine.pid) or os.geteuid() != 0
    assert len(processes_below(engine.pid)) > 8


def test_an_engine_whose_group_of_processes_is_killed(start):
    """kill -9 of everything at once: nobody is left to clean up but the next engine."""
    engine = start("root" if os.geteuid() == 0 else "user")
    below = processes_below(engine.pid)
    for process in [psutil.Process(engine.pid), *below]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    engine.wait(10)
    assert not alive(below, within_s=3)
    control_groups.remove_stale(control_groups.available())
    assert not wait_for_none(engine.pid)


def test_stale_groups_are_removed_with_those_below(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    for name in (f"headstart-{gone.pid}-0/below/deeper", f"headstart-{gone.pid}-12", f"headstart-{os.getpid()}-0"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "headstart-notes").mkdir()
    (tmp_path / "somebody-else-1").mkdir()
    control_groups.remove_stale({"cpu": Hierarchy(1, tmp_path), "memory": Hierarchy(1, tmp_path)})
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"headstart-{os.getpid()}-0", "headstart-notes", "somebody-else-1"}


async def test_nothing_is_left_of_an_engine_that_is_closed(others, deploy, engine):
    invoker = await deploy(engine_apart.SOURCE)
    report = await invoker.invoke(Event(b'{"forks": true, "hangs": false}'))
    assert report.succeeded
    below = processes_below(os.getpid(), besides=others)
    await invoker.close()
    await engine.__aexit__()
    assert not alive(below, within_s=3)
    assert not wait_for_none()


async def test_an_engine_that_cannot_start_leaves_nothing(others):
    impossible = "user" if os.geteuid() == 0 else "root"
    with pytest.raises(SandboxError, match=f"none of the isolations {impossible} works"):
        await LocalLambda(isolations=(impossible,)).__aenter__()
    assert not alive(processes_below(os.getpid(), besides=others), within_s=3)


async def test_an_invocation_that_is_cancelled_leaves_an_engine_that_can_be_closed(others, deploy, engine):
    invoker = await deploy(engine_apart.SOURCE, timeout_s=60)
    invocation = asyncio.ensure_future(invoker.invoke(Event(b'{"forks": true, "hangs": true}')))
    await asyncio.sleep(0.3)
    below = processes_below(os.getpid(), besides=others)
    invocation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await invocation
    await engine.__aexit__()
    assert not alive(below, within_s=3)
    assert not wait_for_none()
