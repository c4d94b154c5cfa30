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
_watches: list[PeakWatch] = []


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

    Whoever watches a longer peak with a `PeakWatch` does not lose what it was until now.

    Source: https://www.kernel.org/doc/html/latest/filesystems/proc.html (clear_refs, 5), 2026-11-25.
    """
    global _usage_is_right  # noqa: PLW0603 (a fact about this process)
    until_now_bytes = peak_bytes() if _watches else 0
    try:
        os.write(_kept.get("clear_refs") or _open("clear_refs", os.O_WRONLY), b"5")
    except OSError:
        return False
    for watch in _watches:
        watch.held_bytes = max(watch.held_bytes, until_now_bytes)
    # ru_maxrss costs a tenth of VmHWM, but remembers what ran in this process before exec, where that was larger.
    _usage_is_right = _usage_is_right or _peak_of_usage_bytes() <= resident_bytes() + _SLACK_BYTES
    return True


class PeakWatch:
    """The peak of the process from here to ``end``. Watches may nest and overlap, in threads too."""

    __slots__ = ("before_bytes", "held_bytes", "is_exact", "older_peak_bytes")

    def __init__(self) -> None:
        self.is_exact = reset_peak()
        self.before_bytes = resident_bytes()
        self.older_peak_bytes = 0 if self.is_exact else peak_bytes()
        self.held_bytes = 0
        _watches.append(self)

    def read(self) -> int:
        """The peak until now, in bytes.

        Where the kernel refused to begin it anew and an older peak is higher, what was resident at the beginning or is
        now, whichever is more; ``is_exact`` is False for so long.
        """
        peak = max(peak_bytes(), self.held_bytes)
        if peak > self.older_peak_bytes:
            self.is_exact = True
            return peak
        return max(self.before_bytes, resident_bytes())

    def end(self) -> int:
        """The peak until now, for the last time."""
        _watches.remove(self)
        return self.read()


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
