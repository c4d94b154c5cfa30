"""A tree of real processes, limited and measured from outside."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from headstart.engine import process_tree
from headstart.engine.process_tree import ProcessTree

Start = Callable[[str], "tuple[ProcessTree, subprocess.Popen[str]]"]

BURN = "while True: pass"
SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a root (which is no part of the tree) that runs Python code in children; it says when they are there."""
    roots = []

    def start(*codes: str) -> "tuple[ProcessTree, subprocess.Popen[str]]":
        source = (
            "import subprocess, sys, threading\n"
            "children = [subprocess.Popen([sys.executable, '-c', code]) for code in sys.argv[1:]]\n"
            "print('ready', flush=True)\n"
            "[child.wait() for child in children]\nprint('ended', flush=True)\nsys.stdin.read()"
        )
        root = subprocess.Popen(
            [sys.executable, "-c", source, *codes], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        roots.append(root)
        assert root.stdout.readline() == "ready\n"
        return ProcessTree(root.pid, time.perf_counter_ns), root

    yield start
    for root in roots:
        for process in [*psutil.Process(root.pid).children(recursive=True), root]:
            process.kill()
        root.communicate()


def wait_for(condition: Callable[[], bool], within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def states(pids: list[int]) -> set[str]:
    return {psutil.Process(pid).status() for pid in pids}


def test_the_tree_is_what_is_below_its_root(start):
    in_thread = f"import subprocess, sys, threading; threading.Thread(target=lambda: subprocess.run([sys.executable, '-c', {SLEEP!r}])).start()"  # noqa: E501
    tree, root = start(SLEEP, in_thread)
    other, _ = start(SLEEP)
    assert wait_for(lambda: len(tree.pids()) == 3)
    assert set(tree.pids()) == {child.pid for child in psutil.Process(root.pid).children(recursive=True)}
    assert len(other.pids()) == 1
    assert not {root.pid, *other.pids()} & set(tree.pids())


def test_only_the_tree_is_stopped(start):
    tree, root = start(SLEEP, SLEEP)
    other, _ = start(SLEEP)
    tree.freeze()
    assert wait_for(lambda: states(tree.pids()) == {psutil.STATUS_STOPPED})
    assert psutil.STATUS_STOPPED not in states([root.pid, *other.pids()])
    tree.thaw()
    assert wait_for(lambda: psutil.STATUS_STOPPED not in states(tree.pids()))


def test_a_tree_that_grows_is_stopped_as_a_whole(start):
    fork = "for _ in range(200):\n    if os.fork() == 0: time.sleep(60)\n    time.sleep(0.0005)\ntime.sleep(60)"
    tree, _ = start(f"import os, time\n{fork}")
    wait_for(lambda: len(tree.pids()) > 20)
    tree.freeze()
    assert wait_for(lambda: states(tree.pids()) == {psutil.STATUS_STOPPED})
    count = len(tree.pids())
    time.sleep(0.05)
    assert len(tree.pids()) == count


def test_nothing_happens_to_a_tree_that_is_gone(start):
    tree, root = start("pass")
    assert root.stdout.readline() == "ended\n"
    assert tree.pids() == []
    tree.freeze()
    tree.thaw()
    assert tree.memory_bytes() == 0


def test_cpu_time_of_ended_processes_counts(start):
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    tree, root = start(burn, nested)
    assert root.stdout.readline() == "ended\n"
    assert 0.38e9 <= tree.cpu_ns() <= 0.6e9


def test_cpu_time_of_running_processes_and_ended_threads_counts(start):
    tree, _ = start(
        "import threading, time\n"
        "def burn():\n    while time.process_time() < 0.1: pass\n"
        "thread = threading.Thread(target=burn); thread.start(); thread.join(); time.sleep(60)"
    )
    assert wait_for(lambda: tree.cpu_ns() >= 0.1e9)
    before = tree.cpu_ns()
    assert tree.cpu_ns() >= before


@pytest.mark.parametrize(("vcpus", "processes"), [(0.072, 1), (0.29, 3), (0.8, 1)])
async def test_the_governor_holds_the_share(start, vcpus, processes):
    tree, _ = start(*[BURN] * processes)
    tree.set_cpu_share(vcpus)
    await asyncio.sleep(0.06)
    before_ns, used_ns = time.perf_counter_ns(), tree.cpu_ns()
    await asyncio.sleep(0.6)
    share = (tree.cpu_ns() - used_ns) / (time.perf_counter_ns() - before_ns)
    # A machine that is busy with something else may give less, never more.
    assert 0.3 * vcpus <= share <= 1.15 * vcpus
    assert tree.throttled_ns() > 0
    tree.close()


async def test_an_idle_tree_saves_up_no_more_than_a_period(start):
    tree, _ = start("import time; time.sleep(0.5)\nwhile True: pass")
    await asyncio.sleep(0.2)  # Python has started
    tree.set_cpu_share(0.1)
    await asyncio.sleep(0.1)
    assert tree.throttled_ns() == 0
    await asyncio.sleep(0.4)
    assert tree.throttled_ns() > 0
    tree.close()


async def test_a_frozen_tree_stays_frozen_under_the_governor(start):
    tree, _ = start(BURN)
    tree.set_cpu_share(0.5)
    await asyncio.sleep(0.05)
    tree.freeze()
    assert wait_for(lambda: states(tree.pids()) == {psutil.STATUS_STOPPED})
    used_ns, throttled_ns = tree.cpu_ns(), tree.throttled_ns()
    await asyncio.sleep(0.1)
    assert tree.cpu_ns() == used_ns
    assert tree.throttled_ns() == throttled_ns
    tree.thaw()
    await asyncio.sleep(0.1)
    assert tree.cpu_ns() > used_ns
    tree.close()


async def test_lifting_the_share_lets_the_tree_run(start):
    tree, _ = start(BURN)
    tree.set_cpu_share(0.05)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if tree.throttled_ns() > 0:
            break
    tree.set_cpu_share(None)
    throttled_ns = tree.throttled_ns()
    assert throttled_ns > 0
    assert wait_for(lambda: psutil.STATUS_STOPPED not in states(tree.pids()))
    await asyncio.sleep(0.05)
    assert tree.throttled_ns() == throttled_ns


HOLD = "block = bytearray(b'x') * {mb} * 1024 * 1024; import time; time.sleep(60)"


def test_memory_is_that_of_the_tree_without_counting_shared_pages_twice(start):
    share = "import os, time\n" + HOLD.format(mb=60).replace("import time; time.sleep(60)", "os.fork(); time.sleep(60)")
    tree, _ = start(share, HOLD.format(mb=40))
    assert wait_for(lambda: tree.memory_bytes() > 100e6 and len(tree.pids()) == 3)
    assert 100 <= tree.memory_peak_bytes() / 1024 / 1024 <= 100 + 3 * 12


def test_the_peak_of_one_process_is_its_own(start):
    tree, _ = start("block = bytearray(b'x') * 80 * 1024 * 1024; del block; import time; time.sleep(60)")
    assert wait_for(lambda: tree.memory_peak_bytes() > 80e6)
    (pid,) = tree.pids()
    assert wait_for(lambda: process_tree.resident_bytes(pid) < 40e6)
    # The kernel sums its counters up as it reads them: two readings of one peak are a few pages apart.
    assert tree.memory_peak_bytes() == pytest.approx(process_tree.peak_resident_bytes(pid), rel=0.005)


async def test_watching_memory_tells_each_time(start):
    tree, _ = start(HOLD.format(mb=60))
    exceeded = []
    watch = asyncio.ensure_future(tree.watch_memory(50 * 1024 * 1024, lambda: exceeded.append(len(tree.pids()))))
    assert await asyncio.to_thread(wait_for, lambda: len(exceeded) >= 2)
    assert not watch.done()
    watch.cancel()


def test_what_is_told_of_a_process_that_is_gone():
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    assert process_tree.resident_bytes(gone.pid) == 0
    assert process_tree.peak_resident_bytes(gone.pid) == 0
    assert process_tree.proportional_bytes(gone.pid) == 0
    assert process_tree.resident_file_bytes(gone.pid) == 0
    assert not process_tree.waited_for_children(gone.pid)
    assert ProcessTree(gone.pid, time.perf_counter_ns).pids() == []
