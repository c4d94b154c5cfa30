"""What a sandbox may use and has used: by control groups where there are any, else from outside the process tree."""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from headstart.engine.control_groups import ControlGroup
from headstart.engine.process_tree import (
    ProcessTree,
    peak_resident_bytes,
    proportional_bytes,
    resident_bytes,
    resident_file_bytes,
    waited_for_children,
)
from headstart.model import limits
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.function import MemorySize

# A new peak smaller than this above the last one is not looked for while the charge stands still.
_UNSEEN_BYTES: Final = 1024 * 1024


class Resources:
    """The limits and accounts of one sandbox. ``tree`` covers what ``group`` cannot."""

    def __init__(self, memory: MemorySize, group: ControlGroup) -> None:
        self._memory = memory
        self._group = group
        self._tree: ProcessTree | None = None
        self.root_pid = 0
        self._watch: asyncio.Task[None] | None = None
        self._exceeded = False
        self._peak_bytes = 0
        self._charged_bytes = 0
        self._oom_kills = 0
        if group.has("memory"):
            group.limit_memory(memory.in_bytes)
        if group.has("pids"):
            group.limit_processes(limits.PROCESSES_MAX)

    @property
    def membership_files(self) -> list[str]:
        """The files that the runtime joins its control groups by."""
        return self._group.membership_files

    @property
    def limits_processes(self) -> bool:
        """Whether the number of processes is limited by a control group."""
        return self._group.has("pids")

    def attach(self, root_pid: int, ticks_ns: Callable[[], int], *, on_exceeded: Callable[[], None]) -> None:
        """Take over from outside what control groups do not do; ``root_pid`` is the sandbox's first process."""
        self.root_pid = root_pid
        self._tree = ProcessTree(root_pid, ticks_ns)
        if not self._group.has("memory"):

            def exceeded() -> None:
                self._exceeded = True
                on_exceeded()

            self._watch = asyncio.ensure_future(self._tree.watch_memory(self._memory.in_bytes, exceeded))

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What of Lambda's limits is not enforced by the kernel here."""
        found = []
        cpus = os.cpu_count() or 1
        if self._memory.visible_vcpus > cpus:
            found.append(Caveat(CaveatCode.FEWER_VCPUS, f"{cpus} here, {self._memory.visible_vcpus} on Lambda"))
        if not self._group.has("cpu"):
            found.append(Caveat(CaveatCode.CPU_BY_GOVERNOR))
        if not self._group.has("memory"):
            found += [Caveat(CaveatCode.MEMORY_NOT_LIMITED), Caveat(CaveatCode.MEMORY_BY_SAMPLING)]
        elif not self._group.keeps_memory_peak:
            found.append(Caveat(CaveatCode.MEMORY_BY_SAMPLING, "Linux keeps no peak of a control group before 5.19"))
        if not self._group.has("core"):
            found.append(Caveat(CaveatCode.FREEZE_BY_SIGNAL))
        return tuple(found)

    def set_cpu_share(self, vcpus: float | None) -> None:
        """Hold the sandbox to ``vcpus`` vCPU-seconds per second; None lifts the limit."""
        if self._group.has("cpu"):
            self._group.set_cpu_share(vcpus)
        elif self._tree is not None:
            self._tree.set_cpu_share(vcpus)

    def freeze(self) -> None:
        """Give the sandbox no CPU until it is thawed."""
        if self._group.has("core"):
            self._group.freeze()
        elif self._tree is not None:
            self._tree.freeze()

    def thaw(self) -> None:
        """Let the sandbox run again."""
        if self._group.has("core"):
            self._group.thaw()
        elif self._tree is not None:
            self._tree.thaw()

    def cpu_ns(self) -> int:
        """CPU time used so far, all processes together."""
        if self._group.has("cpuacct") or self._group.has("core"):
            return self._group.cpu_ns()
        return self._tree.cpu_ns() if self._tree is not None else 0

    def throttled_ns(self) -> int:
        """Time held back by the CPU share so far."""
        if self._group.has("cpu"):
            return self._group.throttled_ns()
        return self._tree.throttled_ns() if self._tree is not None else 0

    def memory_bytes(self, runtime_pid: int) -> int:
        """Resident memory at this moment; ``runtime_pid`` by this machine's numbers."""
        if self._group.has("memory"):
            return resident_bytes(runtime_pid)
        return self._tree.memory_bytes() if self._tree is not None else 0

    def memory_peak_bytes(self) -> int:
        """The most memory used since the runtime started, without page cache that no process maps.

        With one process it is that process's own peak. With more, what was charged to the group at its peak less the
        page cache that there is now, or the processes' present sum if that is more.
        """
        if not self._group.has("memory"):
            self._peak_bytes = self._tree.memory_peak_bytes() if self._tree is not None else 0
        else:
            charged = self._group.memory_peak_bytes()
            # No process can have reached a new peak while no more was charged than ever before, unless page cache once
            # charged leaves room for it.
            if charged != self._charged_bytes or charged > self._peak_bytes + _UNSEEN_BYTES:
                self._charged_bytes = charged
                self._peak_bytes = max(self._peak_bytes, self._present_peak_bytes(charged))
        return min(self._peak_bytes, self._memory.in_bytes)

    def _present_peak_bytes(self, charged: int) -> int:
        pids = self._group.pids()
        if len(pids) == 1 and not waited_for_children(pids[0]):
            return peak_resident_bytes(pids[0])
        cached, mapped = self._group.file_bytes()
        # Files that others had mapped before, such as Python itself, were charged to them.
        mapped_before = max(0, max(map(resident_file_bytes, pids), default=0) - mapped)
        peak = charged - cached - self._group.kernel_bytes() + mapped_before
        return max(peak, sum(map(proportional_bytes, pids)))

    def out_of_memory(self) -> bool:
        """Whether a process was killed for want of memory since the last call."""
        if not self._group.has("memory"):
            exceeded, self._exceeded = self._exceeded, False
            return exceeded
        kills, before = self._group.oom_kills(), self._oom_kills
        self._oom_kills = kills
        return kills > before

    def runtime_pid(self) -> int:
        """The runtime process by this machine's numbers; 0 when there is none."""
        return next(iter(self._tree.pids()), 0) if self._tree is not None else 0

    def close(self) -> None:
        """Give back the control groups; the processes must be gone."""
        if self._watch is not None:
            self._watch.cancel()
        if self._tree is not None:
            self._tree.close()
        self._group.remove()
