"""What a test has to try in a process of its own."""

import ctypes
import os
from collections.abc import Callable

NOBODY = 65534
PR_SET_DUMPABLE = 4


def in_child(answer: Callable[[], object]) -> str:
    """What ``answer`` gives in a fork of this process, as text."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(answer()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def forbid_reset_of_peak() -> None:
    """Make the kernel refuse /proc/self/clear_refs to this process from now on, as a sandbox may."""
    if os.getuid() == 0:
        os.setuid(NOBODY)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
