"""Limits without control groups: a process tree stopped, continued and measured from outside, as any user may."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

# How often the governor looks; a share is held to about 10 %.
_GOVERNOR_S = 0.002
_MEMORY_WATCH_S = 0.01


class ProcessTree:
    """The processes below ``root_pid``, the first process of a sandbox (which is itself left alone)."""

    def __init__(self, root_pid: int, ticks_ns: Callable[[], int]) -> None:
        self._root = psutil.Process(root_pid)
        self._ticks_ns = ticks_ns
        self._share: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._frozen = False
        self._ended_cpu_ns: dict[int, int] = {}
        self._budget_from = (0, 0)
        self._throttled_ns = 0
        self._peak_bytes = 0

    def processes(self) -> list[psutil.Process]:
        """The processes of the tree at this moment."""
        with suppress(psutil.NoSuchProcess):
            return self._root.children(recursive=True)
        return []

    def set_cpu_share(self, vcpus: float | None) -> None:
        """Hold the tree to ``vcpus`` vCPU-seconds per second by stopping and continuing it; None lifts the limit."""
        self._share = vcpus
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if vcpus is None:
            self._resume()
        else:
            self._budget_from = (self._ticks_ns(), self.cpu_ns())
            self._govern()

    def _govern(self) -> None:
        assert self._share is not None
        now, used = self._ticks_ns(), self.cpu_ns()
        since, used_then = self._budget_from
        # An idle tree saves up no more than one period, as with the kernel's own limit.
        slack_ns = (now - since) * self._share - (used - used_then)
        if slack_ns > 20e6 * self._share:
            self._budget_from = (now, used)
        if slack_ns < 0 and not self._stopped:
            self._signal(signal.SIGSTOP)
            self._stopped = True
        elif slack_ns >= 0:
            self._resume()
        if self._stopped:
            self._throttled_ns += int(_GOVERNOR_S * 1e9)
        self._timer = asyncio.get_running_loop().call_later(_GOVERNOR_S, self._govern)

    def _resume(self) -> None:
        if self._stopped and not self._frozen:
            self._signal(signal.SIGCONT)
        self._stopped = False

    def freeze(self) -> None:
        """Stop every process of the tree."""
        if not self._frozen:
            self._frozen = True
            self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue every process of the tree."""
        if self._frozen:
            self._frozen = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                os.kill(process.pid, number)

    def cpu_ns(self) -> int:
        """CPU time of the processes seen so far."""
        for process in self.processes():
            with suppress(psutil.Error, OSError):
                self._ended_cpu_ns[process.pid] = _cpu_ns(process)
        return sum(self._ended_cpu_ns.values())

    def throttled_ns(self) -> int:
        """Time that the governor held the tree back."""
        return self._throttled_ns

    def memory_bytes(self) -> int:
        """Resident memory of the tree, shared pages divided among those who share them where the system tells."""
        total = sum(self._memory_of_each())
        self._peak_bytes = max(self._peak_bytes, total)
        return total

    def memory_peak_bytes(self) -> int:
        """The most that was seen by ``memory_bytes``, or the system's own peak when there is one process."""
        processes = self.processes()
        self.memory_bytes()
        if len(processes) == 1:
            self._peak_bytes = max(self._peak_bytes, peak_resident_bytes(processes[0].pid))
        return self._peak_bytes

    def _memory_of_each(self) -> Iterator[int]:
        processes = self.processes()
        for process in processes:
            with suppress(psutil.Error, OSError):
                alone = len(processes) == 1 or sys.platform != "linux"
                yield process.memory_info().rss if alone else process.memory_full_info().pss

    async def watch_memory(self, limit_bytes: int, on_exceeded: Callable[[], None]) -> None:
        """Call ``on_exceeded`` once when the tree holds more than ``limit_bytes``."""
        while self.memory_bytes() <= limit_bytes:
            await asyncio.sleep(_MEMORY_WATCH_S)
        on_exceeded()

    def close(self) -> None:
        """Stop governing."""
        self._share = None
        if self._timer is not None:
            self._timer.cancel()


def _cpu_ns(process: psutil.Process) -> int:
    if sys.platform == "linux":
        total = 0
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            with suppress(OSError):
                total += int((thread / "schedstat").read_bytes().split()[0])
        return total
    times = process.cpu_times()
    return int((times.user + times.system) * 1e9)


def resident_bytes(pid: int) -> int:
    """Resident memory of one process at this moment; 0 when it is gone."""
    try:
        if sys.platform == "linux":
            with open(f"/proc/{pid}/statm", "rb", buffering=0) as file:  # noqa: PTH123 (the hot path)
                return int(file.read().split()[1]) * _PAGE_BYTES
        return psutil.Process(pid).memory_info().rss
    except (OSError, psutil.Error):
        return 0


def peak_resident_bytes(pid: int) -> int:
    """The most resident memory that one process had; its present memory where the system keeps no peak."""
    if sys.platform == "linux":
        return _kilobytes(f"/proc/{pid}/status", b"VmHWM:")
    return resident_bytes(pid)


def proportional_bytes(pid: int) -> int:
    """Resident memory of one process with shared pages divided among those who share them (Linux)."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", b"\nPss:")


def _kilobytes(path: str, label: bytes) -> int:
    """The bytes behind a label of a /proc file; 0 when the process is gone."""
    with suppress(OSError, ValueError):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(fd, 1 << 14)
        finally:
            os.close(fd)
        start = text.index(label) + len(label)
        return int(text[start : text.index(b"kB", start)]) * 1024
    return 0


_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
