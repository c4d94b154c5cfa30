"""Max memory used is what the function's processes held at their peak, within 2 MB or 3 % of what they say."""

import json

import pytest

from headstart.model.invocation import Event

SOURCE = """
import os, subprocess, sys

def figure(name):
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith(name))

def touch(mb):
    block = bytearray(mb * 1024 * 1024)
    block[::4096] = b"x" * len(block[::4096])
    return block

def alone(mb):
    touch(mb)
    return figure("VmHWM")

def forked(mb):
    if not (pid := os.fork()):
        touch(mb)
        os._exit(0)
    os.waitpid(pid, 0)
    return figure("VmRSS") + mb

def executed(mb):
    code = "import app; app.touch(%d); print(app.figure('VmHWM') - app.figure('RssFile'))" % mb
    return figure("VmRSS") + float(subprocess.check_output([sys.executable, "-c", code]))

def reads_a_file(mb):
    with open("/tmp/file", "wb") as file:
        for _ in range(mb):
            file.write(bytes(1024 * 1024))
    with open("/tmp/file", "rb") as file:
        while file.read(1024 * 1024):
            pass
    return figure("VmHWM")

def removes_a_file(mb):
    reads_a_file(mb)
    os.remove("/tmp/file")
    touch(mb // 4)
    return figure("VmHWM")

def runs_a_reader(mb):
    code = "import app; app.reads_a_file(%d); print(app.figure('VmHWM') - app.figure('RssFile'))" % mb
    return figure("VmRSS") + float(subprocess.check_output([sys.executable, "-c", code]))

def is_killed(mb):
    return subprocess.run([sys.executable, "-c", "import app; app.touch(%d)" % mb]).returncode

def exits(mb):
    os._exit(mb)

def handler(event, context):
    return globals()[event["how"]](event["mb"])
"""


def near(expected_mb):
    return pytest.approx(expected_mb, rel=0.03, abs=2)


@pytest.mark.parametrize("mb", [50, 200, pytest.param(800, marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", ["alone", "forked", pytest.param("executed", marks=pytest.mark.slow)])
async def test_max_memory_used(deploy, how, mb):
    invoker = await deploy(SOURCE, memory_mb=1769, timeout_s=30)
    report = await invoker.invoke(Event(json.dumps({"how": how, "mb": mb}).encode()))
    assert report.succeeded
    assert report.max_memory_mb == near(json.loads(report.outcome.payload))


@pytest.mark.parametrize("how", ["reads_a_file", "removes_a_file", "runs_a_reader"])
async def test_page_cache_does_not_count(deploy, how):
    invoker = await deploy(SOURCE, memory_mb=1769, timeout_s=30)
    report = await invoker.invoke(Event(json.dumps({"how": how, "mb": 200}).encode()))
    assert report.succeeded
    assert report.max_memory_mb == near(json.loads(report.outcome.payload))


async def test_the_peak_stays_and_the_present_does_not(deploy):
    invoker = await deploy(SOURCE, memory_mb=1769)
    large = await invoker.invoke(Event(b'{"how": "alone", "mb": 100}'))
    small = await invoker.invoke(Event(b'{"how": "alone", "mb": 1}'))
    assert small.max_memory_mb == large.max_memory_mb > 100
    assert small.memory_mb < 50


async def test_init_has_its_peak_and_what_is_left_after_it(deploy):
    init = "touch(100)\nkept = touch(30)\nafter_init = figure('VmRSS')\n"
    invoker = await deploy(SOURCE + init + "def handler(event, context):\n    return after_init\n", memory_mb=1769)
    report = await invoker.invoke(Event(b"{}"))
    assert report.init.memory_mb == near(json.loads(report.outcome.payload))
    assert report.init.peak_memory_mb > report.init.memory_mb + 60


async def test_page_cache_does_not_end_a_function(deploy):
    invoker = await deploy(SOURCE, memory_mb=128, timeout_s=30)
    report = await invoker.invoke(Event(b'{"how": "reads_a_file", "mb": 160}'))
    assert report.succeeded
    assert report.max_memory_mb == near(json.loads(report.outcome.payload))


async def test_a_child_that_is_killed_for_want_of_memory_is_not_the_function(deploy):
    invoker = await deploy(SOURCE, memory_mb=128, timeout_s=30)
    report = await invoker.invoke(Event(b'{"how": "is_killed", "mb": 160}'))
    assert json.loads(report.outcome.payload) == -9
    assert report.max_memory_mb == near(128)
    after = await invoker.invoke(Event(b'{"how": "exits", "mb": 3}'))
    assert after.outcome.error_type == "Runtime.ExitError"
