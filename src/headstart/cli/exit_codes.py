"""What the exit code of ``headstart`` says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """A finding is an answer: the work was done, and a threshold, a comparison or the function's outcome says no."""

    OK = 0
    FINDING = 1
    REQUEST = 2
    FAULT = 70
    INTERRUPTED = 130
