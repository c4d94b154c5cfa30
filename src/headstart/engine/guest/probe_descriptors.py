"""What the open descriptors of this process hold, as far as it matters to a snapshot: connections and files."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from probe_package import Package

# Where AWS serves credentials and the like, to the environment itself.
_METADATA = "169.254."


def descriptors() -> list[int]:
    """Those that are open."""
    listed = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    return [descriptor for descriptor in listed if os.path.lexists(f"/proc/self/fd/{descriptor}")]  # not the listing's


def describe(descriptor: int, package: Package) -> dict[str, str] | None:
    """What a descriptor holds, if it is of interest: a connection, a socket that listens, or a file."""
    target = os.readlink(f"/proc/self/fd/{descriptor}")
    if target.startswith("socket:"):
        return _describe_socket(descriptor)
    if not target.startswith("/"):
        return None
    mode = ("read", "write", "read and write")[_flags(descriptor) & 3]
    is_kept_anyway = mode == "read" and not target.startswith("/tmp/")
    if is_kept_anyway or target.startswith(("/dev/", "/proc/", "/sys/")) or package.ships(target):
        return None
    return {"kind": "file", "what": target, "mode": mode}


def _describe_socket(descriptor: int) -> dict[str, str] | None:
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as end:
        try:
            peer = end.getpeername()
        except OSError:
            return None
        if end.family == socket.AF_UNIX:
            return {"kind": "connection", "what": f"unix {peer}", "mode": "unix"} if peer else None
        if not isinstance(peer, tuple) or peer[0].startswith(_METADATA):
            return None
        word = "tcp" if end.type & socket.SOCK_STREAM else "udp"
        return {"kind": "connection", "what": f"{word} {peer[0]}:{peer[1]}", "mode": word}


def _flags(descriptor: int) -> int:
    with open(f"/proc/self/fdinfo/{descriptor}") as file:
        return next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
