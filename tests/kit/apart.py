"""What a test has to try in a process of its own."""

import ctypes
import os
import signal
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
    try:
        with os.fdopen(reader) as pipe:
            return pipe.read()
    finally:
        os.kill(child, signal.SIGKILL)  # it has answered, or never will
        os.waitpid(child, 0)


def forbid_reset_of_peak() -> None:
    """Make the kernel refuse /proc/self/clear_refs to this process from now on, as a sandbox may."""
    if os.getuid() == 0:
        os.setuid(NOBODY)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
