"""The memory of this process as the kernel counts it: resident now, and the peak, which can be reset.

On Linux from kept descriptors of ``/proc/self``, elsewhere from ``resource.getrusage``, which knows the peak alone.
"""

from __future__ import annotations

import os
import sys

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# The kernel counts pages per CPU and adds them up later, so two figures of one moment may differ by some pages.
_SLACK_BYTES = 512 * 1024
_kept: dict[str, int] = {}
_usage_is_right = False


def resident_bytes() -> int:
    """Bytes of memory that the process holds now; off Linux its peak, the nearest that is known there.

    Pages that it shares with the process it was forked from count in both.
    """
    try:
        statm = os.pread(_kept.get("statm") or _open("statm", os.O_RDONLY), 128, 0)
    except OSError:
        return _peak_of_usage_bytes()
    return int(statm.split(None, 2)[1]) * _PAGE_BYTES


def peak_bytes() -> int:
    """The most bytes that the process held at once, since it began or since ``reset_peak`` last answered True."""
    return _peak_of_usage_bytes() if _usage_is_right else _peak_of_status_bytes()


def reset_peak() -> bool:
    """Let the peak begin again at what is resident now. False where the kernel refuses: the old peak then stands.

    Source: https://www.kernel.org/doc/html/latest/filesystems/proc.html (clear_refs, 5), 2026-11-25.
    """
    global _usage_is_right  # noqa: PLW0603 (a fact about this process)
    try:
        os.write(_kept.get("clear_refs") or _open("clear_refs", os.O_WRONLY), b"5")
    except OSError:
        return False
    # ru_maxrss costs a tenth of VmHWM, but remembers what ran in this process before exec, where that was larger.
    _usage_is_right = _usage_is_right or _peak_of_usage_bytes() <= resident_bytes() + _SLACK_BYTES
    return True


def _peak_of_status_bytes() -> int:
    try:
        status = os.pread(_kept.get("status") or _open("status", os.O_RDONLY), 8192, 0)
        start = status.index(b"VmHWM:") + 6
    except (OSError, ValueError):
        return _peak_of_usage_bytes()
    return int(status[start : status.index(b"kB", start)]) * 1024


def _peak_of_usage_bytes() -> int:
    import resource

    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes


def _open(name: str, flags: int) -> int:
    opened = os.open(f"/proc/self/{name}", flags | os.O_CLOEXEC)
    kept = _kept.setdefault(name, opened)
    if kept != opened:  # another thread was first
        os.close(opened)
    return kept


def _close_all() -> None:
    while _kept:
        os.close(_kept.popitem()[1])


# "self" is looked up at open: a descriptor that came through a fork would still read the parent's memory.
os.register_at_fork(after_in_child=_close_all)
