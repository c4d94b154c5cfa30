"""Whether processes that should have ended have."""

import time

import psutil


def alive(processes: list[psutil.Process], *, within_s: float) -> list[psutil.Process]:
    """Those that still run when that long has passed; to reap them is up to whoever inherits them."""
    deadline = time.monotonic() + within_s
    while (left := [process for process in processes if runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
