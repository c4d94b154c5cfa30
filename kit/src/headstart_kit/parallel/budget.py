"""How many processes and threads are worth having, and what it costs to have them."""

from __future__ import annotations

THREADS_MAX = 32
THREAD_START_NS = 100_000.0
# fork, its first bytes and its end: 1 ms, and 3 ms for each 100 MB that the process holds (measured, 2026-11-23).
FORK_NS = 1e6
_FORK_NS_PER_BYTE = 3e6 / (100 * 1024 * 1024)
# A tenth of a vCPU keeps no process busy.
_UNUSED_VCPUS = 0.1


def processes_for(vcpus: float) -> int:
    """The processes that ``vcpus`` can keep busy; 1 means that there is nothing to gain by more than this one."""
    return max(1, -int(-(vcpus - _UNUSED_VCPUS) // 1))


def start_ns(processes: int) -> float:
    """Nanoseconds that it takes to fork ``processes`` times and to see the end of them."""
    from headstart_kit import process_memory

    return processes * (FORK_NS + _FORK_NS_PER_BYTE * process_memory.resident_bytes())
