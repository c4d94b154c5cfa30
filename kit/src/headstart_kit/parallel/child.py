"""The life of a forked process: it takes shares until there are none, and touches nothing that is its parent's."""

from __future__ import annotations

import os
import sys

from headstart_kit.parallel.journal import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from signal import Signals
    from typing import NoReturn

    from headstart_kit.parallel.run import Run

TICKET_BYTES = 4
GOODBYE = b"."


def live(
    run: Run, shares: Sequence[Sequence[int]], *, tickets: int, file: int, goodbye: int, held: set[int | Signals]
) -> NoReturn:
    """Be the child of a fork, to the end of the process.

    It ends by ``os._exit``: what the parent registered (atexit) and holds (connections) is the parent's to end.
    """
    status = 1
    try:
        _forget_the_parent(held)
        _serve(run, shares, tickets=tickets, journal=Writer(file))
        flush_streams()
        os.write(goodbye, GOODBYE)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def flush_streams() -> None:
    """Write what is buffered of standard output and error: before a fork, so that it is not written twice."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # there is none, or it is closed
            continue


def _forget_the_parent(held: set[int | Signals]) -> None:
    import gc
    import signal

    # A handler of the parent's would close the parent's connections; and signals would wake its event loop.
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, held)
    # A collection would copy the pages of everything inherited, and finalize what is garbage of the parent's.
    gc.freeze()


def _serve(run: Run, shares: Sequence[Sequence[int]], *, tickets: int, journal: Writer) -> None:
    parent = os.getppid()
    # The kernel gives each reader a whole ticket. The end comes when there are no more: the pipe has no writer left.
    while (ticket := os.read(tickets, TICKET_BYTES)) and os.getppid() == parent:
        share = int.from_bytes(ticket, "little")
        journal.take(share)
        for index in shares[share]:
            try:
                result = run.fn(run.items[index])
            except BaseException as error:
                journal.failed(index, error)
                if not run.keeps:
                    _take_the_rest(tickets)
                    return
            else:
                journal.done(index, result)


def _take_the_rest(tickets: int) -> None:
    while os.read(tickets, 4096):
        pass
