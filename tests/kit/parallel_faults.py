"""What can go wrong in ``parallel_map``, on any Python that has the kit: here, as a program, or as a Lambda function.

``FAULTS`` names functions that return what can be said in JSON; run as a program, it tells what each of them gave.
"""

import ctypes
import faulthandler
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from headstart_kit.deadline import Deadline
from headstart_kit.parallel.mapping import parallel_map
from headstart_kit.parallel.outcomes import FailedItem

COUNT = 20
BAD = 7
HANGING_S = 60
NEVER_MS = float("inf")


class OddError(Exception):
    """Pickles, and cannot be made again: it has one argument too many."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


def tried(bad, *, within_ms=NEVER_MS):
    """What becomes of 20 items, one of which runs ``bad``: once with errors raised, once with errors kept."""

    def item(x):
        time.sleep(0.002)
        return bad() if x == BAD else x

    begun = time.monotonic()
    told = {}
    try:
        parallel_map(item, range(COUNT), kind="processes", deadline=Deadline(within_ms, margin_ms=0))
    except BaseException as error:
        told |= {"raised": type(error).__name__, "index": getattr(error, "index", None), "text": str(error)}
    told["raised_after_s"] = time.monotonic() - begun
    due = Deadline(within_ms, margin_ms=0)
    results = parallel_map(item, range(COUNT), kind="processes", on_error="keep", deadline=due)
    failed = [result for result in results if isinstance(result, FailedItem)]
    told["kept"] = [[result.index, type(result.error).__name__] for result in failed]
    told["others"] = [result for result in results if not isinstance(result, FailedItem)]
    told["left"] = left()
    return told


def left():
    """What is left of it: children, dead or alive, and descriptors."""
    time.sleep(0.01)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        children = 0
    else:
        children = 1
    return {"children": children, "descriptors": len(list(Path("/proc/self/fd").iterdir()))}


def killed():
    return tried(lambda: os.kill(os.getpid(), signal.SIGKILL))


def exits():
    return tried(lambda: os._exit(0))


def segfault():
    def bad():
        faulthandler.disable()
        ctypes.string_at(0)

    return tried(bad)


def unpicklable():
    return tried(threading.Lock)


def odd_exception():
    def bad():
        raise OddError(3, "odd")

    return tried(bad)


def local_exception():
    class LocalError(Exception):
        pass

    def bad():
        raise LocalError("local")

    return tried(bad)


def leaves_a_child_of_its_own():
    """A dead process whose own child still holds its pipe."""

    def bad():
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
        os._exit(5)

    return tried(bad)


def deadline():
    return tried(lambda: time.sleep(HANGING_S), within_ms=300)


def all_die():
    results = parallel_map(lambda _: os._exit(1), range(COUNT), kind="processes", on_error="keep")
    return {"kept": [[result.index, type(result.error).__name__] for result in results], "left": left()}


FAULTS = {
    fault.__name__: fault
    for fault in (
        killed,
        exits,
        segfault,
        unpicklable,
        odd_exception,
        local_exception,
        leaves_a_child_of_its_own,
        deadline,
        all_die,
    )
}
EXPECTED = {
    "killed": ("ProcessDiedError", "item 7: its process was killed by SIGKILL, as happens when memory runs out"),
    "exits": ("ProcessDiedError", "item 7: its process ended with status 0"),
    "segfault": ("ProcessDiedError", "item 7: its process was killed by SIGSEGV"),
    "unpicklable": ("ItemError", "item 7: its result, lock, cannot be pickled on the way back"),
    "odd_exception": ("ItemError", "item 7: it failed with OddError: 3: odd"),
    "local_exception": ("ItemError", "item 7: it failed with local_exception.<locals>.LocalError: local"),
    "leaves_a_child_of_its_own": ("ProcessDiedError", "item 7: its process ended with status 5"),
    "deadline": ("DeadlineError", "no time is left for "),
}


def check(told):
    """Hold what every fault gave against what it must give."""
    for name, (error, text) in EXPECTED.items():
        fault = told[name]
        assert (fault["raised"], fault["text"][: len(text)]) == (error, text), name
        assert fault["raised_after_s"] < HANGING_S / 4, name
        assert fault["kept"] == [[BAD, error]], name
        assert fault["others"] == [x for x in range(COUNT) if x != BAD], name
        assert error == "DeadlineError" or fault["index"] == BAD, name
    assert told["all_die"]["kept"] == [[x, "ProcessDiedError"] for x in range(COUNT)]
    assert {fault["left"]["children"] for fault in told.values()} == {0}
    assert len({fault["left"]["descriptors"] for fault in told.values()}) == 1


def handler(event, context):
    """All faults, and whether there is a /dev/shm."""
    return {"shm": Path("/dev/shm").is_dir(), "faults": {name: fault() for name, fault in FAULTS.items()}}


if __name__ == "__main__":
    json.dump(handler(None, None)["faults"], sys.stdout)
