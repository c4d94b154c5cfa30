"""What an engine could leave on the machine."""

import os
from pathlib import Path

import psutil


def leftovers() -> set[str]:
    """Control groups, loop devices, and processes of sandboxes that are there now."""
    groups = {str(path) for path in Path("/sys/fs/cgroup").glob(f"**/headstart-{os.getpid()}-*")}
    loops = {path.read_text().strip() + str(path) for path in Path("/sys/block").glob("loop*/loop/backing_file")}
    processes = set()
    for process in psutil.process_iter(["cmdline"]):
        if any("/var/runtime/bootstrap.py" in part for part in process.info["cmdline"] or ()):
            processes.add(f"process {process.pid}")
    return groups | loops | processes
