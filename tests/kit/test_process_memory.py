"""What the process holds and held at most, read from the real kernel."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from kit.apart import forbid_reset_of_peak, in_child

from headstart_kit import process_memory
from headstart_kit.process_memory import PeakWatch, peak_bytes, reset_peak, resident_bytes

MB = 1024 * 1024


def test_resident_memory_follows_what_is_held():
    before = resident_bytes()
    held = bytearray(b"x") * (64 * MB)
    during = resident_bytes()
    del held
    assert 60 * MB < during - before < 70 * MB
    assert resident_bytes() < during - 60 * MB


def test_the_peak_remembers_what_is_gone_until_it_is_reset():
    assert reset_peak()
    before = peak_bytes()
    held = bytearray(b"x") * (64 * MB)
    del held
    assert 60 * MB < peak_bytes() - before < 70 * MB
    assert reset_peak()
    assert abs(peak_bytes() - resident_bytes()) < 2 * MB


def test_the_peak_is_right_before_the_first_reset():
    program = "from headstart_kit.process_memory import *; x = bytearray(b'x') * (64 << 20); del x; print(peak_bytes())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 64 * MB < int(done.stdout) < 100 * MB


def test_the_peak_forgets_what_ran_before_exec():
    """getrusage's ru_maxrss does not: a small program started from a large process reads as large."""
    program = "from headstart_kit.process_memory import *; print(peak_bytes(), reset_peak(), peak_bytes())"
    held = bytearray(b"x") * (200 * MB)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        os.execv(sys.executable, [sys.executable, "-c", program])
    os.close(writer)
    with os.fdopen(reader) as pipe:
        first, done, second = pipe.read().split()
    os.waitpid(child, 0)
    del held
    assert done == "True"
    assert int(first) < 100 * MB
    assert int(second) < 100 * MB


def test_a_forked_child_reads_itself():
    resident_bytes()

    def child() -> bool:
        more = bytearray(b"x") * (64 * MB)
        pages = int(Path(f"/proc/{os.getpid()}/statm").read_text().split()[1])
        return abs(resident_bytes() - pages * os.sysconf("SC_PAGE_SIZE")) < MB and bool(more)

    assert in_child(child) == "True"


def test_a_forked_child_resets_its_own_peak_only():
    held = bytearray(b"x") * (64 * MB)
    del held
    before = peak_bytes()
    assert in_child(reset_peak) == "True"
    assert peak_bytes() == before


def test_where_the_kernel_refuses_the_peak_stands():
    def refused() -> tuple[bool, bool]:
        forbid_reset_of_peak()
        held = bytearray(b"x") * (64 * MB)
        del held
        was_reset = reset_peak()
        return was_reset, peak_bytes() > resident_bytes() + 60 * MB

    assert in_child(refused) == "(False, True)"


def spike(size_mb: int) -> None:
    """Hold so much memory for a moment."""
    bytearray(b"x") * (size_mb * MB)


def test_watches_nest_and_each_sees_its_own_peak():
    outer = PeakWatch()
    spike(96)
    inner = PeakWatch()
    spike(32)
    assert 28 * MB < inner.end() - inner.before_bytes < 40 * MB
    spike(48)
    assert 90 * MB < outer.end() - outer.before_bytes < 104 * MB


def test_a_watch_survives_a_reset_by_somebody_else():
    watch = PeakWatch()
    spike(64)
    reset_peak()
    assert 60 * MB < watch.read() - watch.before_bytes < 70 * MB
    assert watch.end() == watch.held_bytes
    assert watch.is_exact


def test_watches_that_overlap_in_threads_both_see_the_peak():
    watches = [PeakWatch() for _ in range(4)]
    thread = threading.Thread(target=spike, args=(64,))
    thread.start()
    thread.join()
    assert all(watch.end() - watch.before_bytes > 60 * MB for watch in watches)


def test_where_the_kernel_refuses_a_watch_says_what_it_does_not_know():
    def refused() -> list[object]:
        forbid_reset_of_peak()
        spike(64)
        low = PeakWatch()
        spike(32)
        low_bytes, low_is_exact = low.end(), low.is_exact
        high = PeakWatch()
        spike(128)
        return [low_is_exact, low_bytes < 64 * MB + low.before_bytes, high.end() > 124 * MB, high.is_exact]

    assert in_child(refused) == "[False, True, True, True]"


def test_threads_share_one_descriptor_of_each_file():
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    in_child_count = in_child(lambda: descriptors_after_a_rush() - before)
    assert int(in_child_count) <= 2


def descriptors_after_a_rush() -> int:
    """Open descriptors of a fresh child after many threads made their first read together."""
    start = threading.Barrier(16)

    def read() -> None:
        start.wait()
        resident_bytes()
        peak_bytes()

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_usage_is_what_is_left_without_proc():
    held = bytearray(b"x") * (64 * MB)
    del held
    assert process_memory._peak_of_usage_bytes() >= peak_bytes()
