"""The event loop that is kept: one per environment, never current and closed, not shared with a forked process."""

import asyncio
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from kit.test_import_budget import interpreters

from headstart_kit.fan_out import event_loop
from headstart_kit.fan_out.event_loop import OwnLoop
from headstart_kit.fan_out.gathering import gather

KIT = Path(__file__).parents[2] / "kit/src"


async def this_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_one_loop_serves_all_calls():
    first, second, third = [gather([this_loop])[0] for _ in range(3)]
    assert first is second is third
    assert not first.is_closed()


def test_d84_no_closed_loop_is_left_current():
    gather([this_loop])
    event_loop.run(this_loop())
    assert asyncio.run(this_loop()).is_closed()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop(mine := asyncio.new_event_loop())
        gather([this_loop])
        assert asyncio.get_event_loop() is mine
        asyncio.set_event_loop(None)
        mine.close()


def test_a_loop_that_cannot_be_freed_of_a_task_is_replaced():
    gate = []

    async def ignore_everything() -> None:
        while not gate:
            try:
                await asyncio.sleep(3600)
            except BaseException:
                continue

    (before,) = gather([this_loop])
    with pytest.raises(TimeoutError):
        gather([ignore_everything], timeout_s=0.01)
    gate.append(True)
    assert before.is_closed()
    assert gather([this_loop])[0] is not before


def test_closing_waits_for_what_is_open_and_leaves_a_loop_in_use_alone():
    own, closed = OwnLoop(), []

    async def hold():
        try:
            yield
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    holding = hold()

    async def open_it() -> None:
        await anext(holding)

    own.run(open_it())
    assert own.reserve()
    own.close()
    assert (closed, own.is_fit) == ([], True)
    own.release()
    own.close()
    assert (closed, own.is_fit) == ([True], False)


BEGINNING = """
import asyncio, os, sys, time, warnings
from headstart_kit.deadline import Deadline
from headstart_kit.fan_out.gathering import gather

async def this_loop():
    return asyncio.get_running_loop()

async def hold():
    try:
        yield
    finally:
        os.write(1, b"closed ")

holding = hold()
gather([lambda: anext(holding)])
"""


def run(
    source: str, *, python: str = sys.executable, before: str = "", environ: dict[str, str] | None = None
) -> tuple[str, int]:
    """What a process says until it ends, and how it does. Any warning is an error."""
    environ = {"PYTHONPATH": str(KIT), **(environ or {})}
    command = [python, "-W", "error", "-c", before + BEGINNING + source]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout, done.returncode


def test_what_is_open_is_closed_when_the_process_ends():
    assert run("os.write(1, b'end ')") == ("end closed ", 0)


def test_what_is_open_is_closed_at_sigterm():
    said, status = run(
        "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(10)",
        # Called after the closing; but before Python 3.12 that may go on in another thread.
        before="import os, signal, time\nsignal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), os._exit(7)))",
        environ={"AWS_LAMBDA_FUNCTION_NAME": "tested"},
    )
    assert (said, status) == ("closed ", 7)


def test_a_forked_process_has_a_loop_of_its_own_and_leaves_the_parents_alone():
    said, status = run("""
async def seconds_to_hear_of_a_thread():
    begun_s = asyncio.get_running_loop().time()
    await asyncio.to_thread(time.sleep, 0.2)  # until the loop sleeps
    return asyncio.get_running_loop().time() - begun_s

before, = gather([this_loop])
if not (pid := os.fork()):
    mine, = gather([this_loop])
    assert mine is not before
    before.close()  # as its finalizer would
    sys.exit(5)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
assert gather([this_loop]) == [before]
elapsed_s, = gather([seconds_to_hear_of_a_thread], deadline=Deadline(20_000))
os.write(1, b"end " if elapsed_s < 10 else b"deaf ")
""")
    assert (said, status) == ("end closed ", 0)


def test_a_task_may_fork_and_the_child_gather():
    said, status = run("""
async def fork():
    if not (pid := os.fork()):
        os.write(1, b"child " if len(gather([this_loop])) == 1 else b"wrong ")
        os._exit(0)
    os.waitpid(pid, 0)

gather([fork])
""")
    assert (said, status) == ("child closed ", 0)


@pytest.mark.parametrize(("version", "python"), interpreters().items(), ids=interpreters())
def test_it_is_the_same_on_every_python(version: str, python: str):
    said, status = run(
        """
from headstart_kit.fan_out.retry import Retries
from headstart_kit.parallel.outcomes import FailedItem

async def answer(value):
    await asyncio.sleep(0.001)
    return value

async def swallow():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

tries = []
async def flaky():
    tries.append(1)
    if len(tries) < 3:
        raise asyncio.TimeoutError
    return len(tries)

assert gather((lambda i=i: answer(i) for i in range(100)), limit=7) == list(range(100))
assert gather([flaky], retries=Retries(2, first_pause_s=0)) == [3]
slow, one, left = gather([swallow, answer(1), lambda: asyncio.sleep(0, asyncio.ensure_future(swallow()))],
                         timeout_s=0.2, on_error="keep")
assert type(slow.error) is TimeoutError and one == 1 and left.done()
over, = gather([swallow], on_error="keep", deadline=Deadline(5, margin_ms=0))
assert over.error.unfinished == [0]
os.write(1, b"end ")
""",
        python=python,
    )
    assert (said, status) == ("end closed ", 0), version
