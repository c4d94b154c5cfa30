"""Every way an invocation can end: the right outcome and wording, an engine that goes on, and nothing left behind."""

import json
import re
from collections.abc import Iterator

import pytest
from leftovers import wait_for_none

from headstart.model.invocation import (
    Event,
    FunctionError,
    InvocationReport,
    OutOfMemory,
    ResponseTooLarge,
    RuntimeExited,
    Succeeded,
    TimedOut,
)

EVENT = Event(b'{"fail": true}')
CALM = Event(b'{"fail": false}')
BOTH = """
def handler(event, context):
    if event["fail"]:
        fail()
    return "calm"
"""


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    assert not wait_for_none()


def text(report: InvocationReport) -> list[str]:
    return [line.text for line in report.log]


def body(report: InvocationReport) -> dict[str, object]:
    return json.loads(report.outcome.payload)


async def test_out_of_memory(deploy):
    invoker = await deploy("def fail():\n    hog = bytearray(600 * 1024 * 1024)\n" + BOTH, memory_mb=128, timeout_s=20)
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, OutOfMemory)
    assert body(report) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {report.request_id} Error: Runtime exited with error: signal: killed",
    }
    assert text(report)[-1].endswith("Status: error\tError Type: Runtime.OutOfMemory\t")
    assert 120 <= report.max_memory_mb <= 129
    assert (await invoker.invoke(CALM)).succeeded


async def test_timeout(deploy):
    invoker = await deploy("import time\ndef fail():\n    time.sleep(30)\n" + BOTH, timeout_s=1)
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, TimedOut)
    assert body(report) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {report.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert report.duration_ms == 1000.0
    assert re.fullmatch(r"REPORT .*\tDuration: 1000.00 ms\t.*\tStatus: timeout\t", text(report)[-1])
    assert any(line.endswith(f"{report.request_id} Task timed out after 1.00 seconds") for line in text(report))
    after = await invoker.invoke(CALM)
    assert after.succeeded
    assert after.init is None  # a suppressed init is part of the duration
    assert after.duration_ms > 20


@pytest.mark.parametrize(
    ("fail", "reason"),
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(127)", "Runtime exited with error: exit status 127"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), 15)", "Runtime exited with error: signal: terminated"),
        ("ctypes.string_at(0)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
async def test_exit(deploy, fail, reason):
    invoker = await deploy(f"import ctypes, os, sys\ndef fail():\n    {fail}\n" + BOTH)
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, RuntimeExited)
    assert report.outcome.reason == reason
    assert body(report) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {report.request_id} Error: {reason}",
    }
    assert text(report)[-1].endswith("Status: error\tError Type: Runtime.ExitError\t")
    assert (await invoker.invoke(CALM)).succeeded


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        (
            "import nosuchmodule\n" + BOTH,
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nosuchmodule'",
        ),
        (
            "def handler(event, context)\n    pass",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': expected ':' (app.py, line 1)",
        ),
        ("def other(event, context): pass", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("raise ValueError('no init')\n" + BOTH, "ValueError", "no init"),
    ],
)
async def test_init_error(deploy, source, error_type, message):
    invoker = await deploy(source)
    for _ in range(2):
        report = await invoker.invoke(EVENT)
        assert isinstance(report.outcome, FunctionError)
        assert report.outcome.error_type == error_type
        assert body(report)["errorMessage"] == message
        assert body(report)["requestId"] == ""
        init_reports = [line for line in text(report) if line.startswith("INIT_REPORT")]
        fatal_type = error_type if error_type.startswith("Runtime.") else "Runtime.Unknown"
        assert init_reports[-1].endswith(f"\tPhase: invoke\tStatus: error\tError Type: {fatal_type}")


async def test_first_init_error_is_reported_for_both_phases(deploy):
    report = await (await deploy("import nosuchmodule")).invoke(EVENT)
    phases = [line.split("\t")[1] for line in text(report) if line.startswith("INIT_REPORT")]
    assert phases == ["Phase: init", "Phase: invoke"]
    assert text(report)[0].startswith("INIT_START Runtime Version: python:3.11.")


async def test_exit_in_init(deploy):
    report = await (await deploy("import sys\nsys.exit(3)")).invoke(EVENT)
    assert isinstance(report.outcome, RuntimeExited)
    assert report.outcome.reason == "Runtime exited with error: exit status 3"


async def test_unhandled_exception(deploy):
    invoker = await deploy("def fail():\n    raise KeyError('who')\n" + BOTH)
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, FunctionError)
    found = body(report)
    assert found["errorType"] == "KeyError"
    assert found["errorMessage"] == "'who'"
    assert found["requestId"] == report.request_id
    assert found["stackTrace"][-1] == "  File \"/var/task/app.py\", line 2, in fail\n    raise KeyError('who')\n"
    assert any(line.startswith("[ERROR] KeyError: 'who'\nTraceback (most recent call last):") for line in text(report))
    assert (await invoker.invoke(CALM)).succeeded


async def test_unserialisable_response(deploy):
    report = await (await deploy("def handler(event, context):\n    return {1, 2}")).invoke(EVENT)
    assert isinstance(report.outcome, FunctionError)
    assert report.outcome.error_type == "Runtime.MarshalError"
    assert "Object of type set is not JSON serializable" in report.outcome.message


async def test_response_of_7_mb(deploy):
    invoker = await deploy("def handler(event, context):\n    return 'x' * (7_000_000 if event['fail'] else 6_000_000)")
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, ResponseTooLarge)
    assert body(report) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    assert report.outcome.response_bytes == 7_000_002
    assert isinstance((await invoker.invoke(CALM)).outcome, Succeeded)


async def test_fork_bomb(deploy):
    source = """
        import os, time
        def handler(event, context):
            children = 0
            while event["fail"]:
                try:
                    pid = os.fork()
                except OSError as error:
                    return {"children": children, "error": str(error)}
                if pid == 0:
                    time.sleep(60)
                    os._exit(0)
                children += 1
    """
    invoker = await deploy(source, memory_mb=1769, timeout_s=20)
    found = json.loads((await invoker.invoke(EVENT)).outcome.payload)
    assert found["error"] == "[Errno 11] Resource temporarily unavailable"
    assert 700 <= found["children"] <= 742
    assert (await invoker.invoke(CALM)).succeeded


async def test_600_mb_in_tmp(deploy):
    source = """
        import os, shutil
        def handler(event, context):
            if not event["fail"]:
                return os.listdir("/tmp")
            with open("/tmp/big", "wb") as file:
                for _ in range(600):
                    file.write(bytes(1024 * 1024))
    """
    invoker = await deploy(source, memory_mb=128, timeout_s=60)
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, FunctionError)
    assert report.outcome.error_type == "OSError"
    assert report.outcome.message == "[Errno 28] No space left on device"
    assert json.loads((await invoker.invoke(CALM)).outcome.payload) == ["big"]


async def test_512_mb_in_tmp_do_fit(deploy):
    source = """
        import os
        def handler(event, context):
            with open("/tmp/big", "wb") as file:
                for _ in range(511):
                    file.write(bytes(1024 * 1024))
            return os.stat("/tmp/big").st_size
    """
    report = await (await deploy(source, memory_mb=128, timeout_s=60)).invoke(EVENT)
    assert report.succeeded


async def test_endless_print(deploy):
    source = """
        def handler(event, context):
            while event["fail"]:
                print("all work and no play")
            return "calm"
    """
    invoker = await deploy(source, memory_mb=1769, timeout_s=2)
    report = await invoker.invoke(EVENT)
    assert isinstance(report.outcome, TimedOut)
    assert sum(len(line.text) for line in report.log) < 6_000_000
    assert text(report)[-1].startswith("REPORT")
    assert (await invoker.invoke(CALM)).succeeded


@pytest.mark.slow
async def test_init_of_12_s(deploy):
    source = "import time\ntime.sleep(12)\ndef handler(event, context):\n    return 'late'"
    invoker = await deploy(source, timeout_s=30)
    report = await invoker.invoke(EVENT)
    assert report.succeeded
    assert report.init is None
    assert 12_000 <= report.duration_ms <= 13_000
    timed_out = r"INIT_REPORT Init Duration: 10\d\d\d\.\d\d ms\tPhase: init\tStatus: timeout"
    assert any(re.fullmatch(timed_out, line) for line in text(report))


async def test_thread_left_running_gets_no_cpu_while_frozen(deploy):
    source = """
        import threading, time
        ticks = []
        def count():
            while True:
                ticks.append(time.monotonic())
                time.sleep(0.001)
        def handler(event, context):
            if event["fail"]:
                threading.Thread(target=count, daemon=True).start()
                time.sleep(0.05)
                return None
            time.sleep(0.05)
            return max(after - before for before, after in zip(ticks, ticks[1:]))
    """
    import asyncio

    invoker = await deploy(source, memory_mb=1769)
    await invoker.invoke(EVENT)
    await asyncio.sleep(0.5)
    gap_s = json.loads((await invoker.invoke(CALM)).outcome.payload)
    assert gap_s > 0.4


@pytest.mark.parametrize("after_s", [0.002, 0.0035, 0.004])
async def test_death_between_invocations_is_paid_by_the_next(deploy, after_s):
    import asyncio

    source = f"""
        import os, threading
        def handler(event, context):
            if event["fail"]:
                threading.Timer({after_s}, os._exit, (1,)).start()
            return os.getpid()
    """
    invoker = await deploy(source, memory_mb=1769)
    first = await invoker.invoke(EVENT)
    assert first.succeeded
    await asyncio.sleep(0.2)
    # Frozen again before its thread has run, it dies in the invocation after that.
    outcomes = [(await invoker.invoke(CALM)).outcome for _ in range(4)]
    assert all(isinstance(outcome, Succeeded | RuntimeExited) for outcome in outcomes)
    assert sum(isinstance(outcome, RuntimeExited) for outcome in outcomes) <= 1
    assert isinstance(outcomes[-1], Succeeded)
