"""What lies in a sandbox's /tmp, read from outside: nothing runs in the function for it, and it may have crashed."""

import hashlib
import os
import stat
from pathlib import Path


def listed(root_pid: int) -> dict[str, str] | None:
    """Each path below /tmp (``cache/x.json``) with its kind, size and SHA-256; None where /tmp cannot be read.

    ``root_pid`` is a process of a sandbox that has a file system of its own.
    """
    top = Path(f"/proc/{root_pid}/root/tmp")
    found: dict[str, str] = {}
    try:
        for folder, folders, files, folder_fd in os.fwalk(top, onerror=_give_up):
            inside = Path(folder).relative_to(top)
            found |= {str(inside / name): _described(name, folder_fd) for name in (*folders, *files)}
    except OSError:
        return None
    return found


def _give_up(error: OSError) -> None:
    raise error


def _described(name: str, folder_fd: int) -> str:
    status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return f"link to {os.readlink(name, dir_fd=folder_fd)}"
    mode = stat.filemode(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        return mode
    return f"{mode}, {status.st_size} bytes, SHA-256 {_digest(name, folder_fd)}"


def _digest(name: str, folder_fd: int) -> str:
    file_fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder_fd)
    with os.fdopen(file_fd, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
