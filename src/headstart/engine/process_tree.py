"""Limits without control groups: a process tree stopped, continued and measured from outside, as any user may."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from headstart.engine.clock import cpu_clock_ns
from headstart.model import limits

_PERIOD_NS: Final = limits.CPU_PERIOD_US * 1000
# The governor looks no more often than this, and memory is looked at this often at most.
_LOOK_S: Final = 0.001
_MEMORY_WATCH_S: Final = 0.01
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_HAS_CHILDREN_FILES: Final = Path(f"/proc/self/task/{os.getpid()}/children").exists()


class ProcessTree:
    """The processes below ``root_pid``, the first process of a sandbox (which is itself left alone)."""

    def __init__(self, root_pid: int, ticks_ns: Callable[[], int]) -> None:
        self._root_pid = root_pid
        self._ticks_ns = ticks_ns
        self._cpu_ns = 0
        self._seen_cpu_ns: dict[int, int] = {}
        self._peak_bytes = 0
        self._frozen = False
        self._governor: Governor | None = None
        self._throttled_ns = 0

    def pids(self) -> list[int]:
        """The processes of the tree at this moment, the runtime first."""
        return list(_below(self._root_pid)) if _HAS_CHILDREN_FILES else _found_by_search(self._root_pid)

    def set_cpu_share(self, vcpus: float | None) -> None:
        """Hold the tree to ``vcpus`` vCPU-seconds per second by stopping and continuing it; None lifts the limit."""
        self.close()
        if vcpus is not None:
            self._governor = Governor(self, self._ticks_ns, vcpus=vcpus)
            if not self._frozen:
                self._governor.begin()

    def freeze(self) -> None:
        """Stop every process of the tree."""
        if not self._frozen:
            self._frozen = True
            if self._governor is not None:
                self._governor.end()
            self.stop()

    def thaw(self) -> None:
        """Continue every process of the tree."""
        if self._frozen:
            self._frozen = False
            self.go_on()
            if self._governor is not None:
                self._governor.begin()

    def stop(self) -> None:
        """Stop every process, those too that are started meanwhile."""
        stopped: set[int] = set()
        # The kernel's lists of children may lack one while others begin or end: until twice there was nothing new.
        unchanged = 0
        while unchanged < 2:
            found = set(self.pids()) - stopped
            _signal(found, signal.SIGSTOP)
            stopped |= found
            unchanged = 0 if found else unchanged + 1

    def go_on(self) -> None:
        """Continue every process."""
        _signal(self.pids(), signal.SIGCONT)

    def cpu_ns(self) -> int:
        """CPU time of the tree, of processes that have ended too."""
        pids = self.pids()
        if sys.platform == "linux":
            total = sum(map(_process_cpu_ns, pids)) + sum(map(_waited_for_cpu_ns, [self._root_pid, *pids]))
        else:
            self._seen_cpu_ns |= {pid: _process_cpu_ns(pid) for pid in pids}
            total = sum(self._seen_cpu_ns.values())
        # Of ended processes the system tells whole ticks only: never let that turn time back.
        self._cpu_ns = max(self._cpu_ns, total)
        return self._cpu_ns

    def throttled_ns(self) -> int:
        """Time that the governor held the tree back."""
        return self._throttled_ns + (self._governor.throttled_ns if self._governor is not None else 0)

    def memory_bytes(self) -> int:
        """Resident memory of the tree, shared pages divided among those who share them where the system tells."""
        pids = self.pids()
        total = sum(map(resident_bytes, pids))
        # Dividing costs more, and only makes less of it.
        if len(pids) > 1 and total > self._peak_bytes and sys.platform == "linux":
            total = sum(map(proportional_bytes, pids))
        self._peak_bytes = max(self._peak_bytes, total)
        return total

    def memory_peak_bytes(self) -> int:
        """The most that was seen by ``memory_bytes``, or the system's own peak when there is one process."""
        self.memory_bytes()
        pids = self.pids()
        if len(pids) == 1:
            self._peak_bytes = max(self._peak_bytes, peak_resident_bytes(pids[0]))
        return self._peak_bytes

    async def watch_memory(self, limit_bytes: int, on_exceeded: Callable[[], None]) -> None:
        """Call ``on_exceeded`` whenever the tree is seen to hold more than ``limit_bytes``; never returns."""
        while True:
            begun_ns = self._ticks_ns()
            if self.memory_bytes() > limit_bytes:
                on_exceeded()
            # No more than a tenth of the time: looking holds the processes up.
            await asyncio.sleep(max(_MEMORY_WATCH_S, 9 * (self._ticks_ns() - begun_ns) / 1e9))

    def close(self) -> None:
        """Stop governing; the tree runs on."""
        if self._governor is not None:
            self._throttled_ns += self._governor.throttled_ns
            self._governor.end()
            self._governor = None


class Governor:
    """Gives a tree a quota of CPU time in each period, as the kernel's own CPU limit does."""

    def __init__(self, tree: ProcessTree, ticks_ns: Callable[[], int], *, vcpus: float) -> None:
        self._tree = tree
        self._ticks_ns = ticks_ns
        self._quota_ns = _PERIOD_NS * vcpus
        self._cpus = os.cpu_count() or 1
        self._left_ns = 0.0
        self._period_began_ns = 0
        self._used_ns = 0
        self._stopped_at_ns: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.throttled_ns = 0

    def begin(self) -> None:
        """Begin a period with the full quota."""
        self._left_ns, self._period_began_ns, self._used_ns = self._quota_ns, self._ticks_ns(), self._tree.cpu_ns()
        self._look()

    def end(self) -> None:
        """Let the tree run."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._go_on()

    def _look(self) -> None:
        now_ns, used_ns = self._ticks_ns(), self._tree.cpu_ns()
        self._left_ns -= used_ns - self._used_ns
        self._used_ns = used_ns
        periods = (now_ns - self._period_began_ns) // _PERIOD_NS
        if periods:
            # What was used too much is owed; what was not used is lost.
            self._left_ns = min(self._quota_ns, self._left_ns + periods * self._quota_ns)
            self._period_began_ns += periods * _PERIOD_NS
        if self._left_ns <= 0:
            self._stop(now_ns)
            wait_ns: float = self._period_began_ns + _PERIOD_NS - now_ns
        else:
            self._go_on()
            wait_ns = min(self._left_ns / self._cpus, _PERIOD_NS)
        self._timer = asyncio.get_running_loop().call_later(max(_LOOK_S, wait_ns / 1e9), self._look)

    def _stop(self, now_ns: int) -> None:
        if self._stopped_at_ns is None:
            self._stopped_at_ns = now_ns
            self._tree.stop()

    def _go_on(self) -> None:
        if self._stopped_at_ns is not None:
            self.throttled_ns += self._ticks_ns() - self._stopped_at_ns
            self._stopped_at_ns = None
            self._tree.go_on()


def _signal(pids: "set[int] | list[int]", number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _below(pid: int) -> Iterator[int]:
    """The descendants of a process, each after its parent (Linux)."""
    for child in _children(pid):
        yield child
        yield from _below(child)


def _children(pid: int) -> list[int]:
    found = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 (the hot path)
            with suppress(OSError):
                found += [int(child) for child in _read(f"/proc/{pid}/task/{thread}/children").split()]
    return found


def _found_by_search(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return [process.pid for process in psutil.Process(pid).children(recursive=True)]
    return []


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (the hot path)
        return file.read()


def _process_cpu_ns(pid: int) -> int:
    """CPU time of a process, of its ended threads too."""
    with suppress(OSError, psutil.Error):
        if sys.platform == "linux":
            return cpu_clock_ns(pid)
        times = psutil.Process(pid).cpu_times()
        return int((times.user + times.system) * 1e9)
    return 0


def _waited_for_cpu_ns(pid: int) -> int:
    """CPU time of the ended processes that ``pid`` waited for, and of those that they waited for (Linux)."""
    with suppress(OSError):
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        return (int(fields[13]) + int(fields[14])) * _TICK_NS
    return 0


def resident_bytes(pid: int) -> int:
    """Resident memory of one process at this moment; 0 when it is gone."""
    with suppress(OSError, psutil.Error):
        if sys.platform == "linux":
            return int(_read(f"/proc/{pid}/statm").split()[1]) * _PAGE_BYTES
        return psutil.Process(pid).memory_info().rss
    return 0


def resident_file_bytes(pid: int) -> int:
    """The part of resident memory that maps files (Linux); 0 when it is gone."""
    with suppress(OSError):
        return int(_read(f"/proc/{pid}/statm").split()[2]) * _PAGE_BYTES
    return 0


def peak_resident_bytes(pid: int) -> int:
    """The most resident memory that one process had; its present memory where the system keeps no peak."""
    return _kb_figure(f"/proc/{pid}/status", b"VmHWM:") or resident_bytes(pid)


def proportional_bytes(pid: int) -> int:
    """Resident memory of one process with shared pages divided among those who share them (Linux)."""
    return _kb_figure(f"/proc/{pid}/smaps_rollup", b"Pss:")


def waited_for_children(pid: int) -> bool:
    """Whether a process has had children that ended (Linux)."""
    with suppress(OSError):
        minor, major = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[8:11:2]
        return minor != b"0" or major != b"0"
    return False


def _kb_figure(path: str, name: bytes) -> int:
    with suppress(OSError):
        for line in _read(path).splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0
