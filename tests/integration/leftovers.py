"""What an engine could leave on the machine."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

_LOOP_GET_STATUS64 = 0x4C05
_LO_FILE_NAME = slice(56, 120)


def leftovers(engine_pid: int | None = None) -> set[str]:
    """Control groups, loop devices, and processes of the sandboxes of an engine in process ``engine_pid``."""
    owner = f"headstart-{engine_pid or os.getpid()}"
    walk = os.walk("/sys/fs/cgroup")  # unlike glob it lets folders go while it looks
    groups = {f"{folder}/{name}" for folder, names, _ in walk for name in names if name.startswith(f"{owner}-")}
    loops = {str(path) for path in Path("/sys/block").glob("loop*/loop") if _loop_name(path.parent.name) == owner}
    processes = {f"process {process.pid}" for process in psutil.process_iter() if _group_owner(process.pid) == owner}
    return groups | loops | processes


def wait_for_none(engine_pid: int | None = None, *, within_s: float = 3.0) -> set[str]:
    """What is left when that long has passed: the kernel takes mounts down in the background."""
    deadline = time.monotonic() + within_s
    while (left := leftovers(engine_pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _loop_name(device: str) -> str:
    status = bytearray(232)
    with suppress(OSError), Path(f"/dev/{device}").open("rb") as file:
        fcntl.ioctl(file, _LOOP_GET_STATUS64, status)
    return bytes(status[_LO_FILE_NAME]).rstrip(b"\0").decode()


def _group_owner(pid: int) -> str:
    """The part of the name of its control group that says whose sandbox it is in."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            name = line.rpartition("/")[2]
            if name.startswith("headstart-"):
                return name.rpartition("-")[0]
    return ""
