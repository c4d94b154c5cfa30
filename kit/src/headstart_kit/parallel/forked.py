"""Items in forked processes: they inherit ``fn`` and the items, take shares from a pipe, and each keeps a journal.

Neither locks nor memory with a name are needed, so this runs where there is no /dev/shm, as on Lambda.
"""

from __future__ import annotations

import os
import sys
import warnings
from itertools import islice

from headstart_kit.errors import ProcessDiedError
from headstart_kit.parallel import child, journal
from headstart_kit.parallel.outcomes import FailedItem
from headstart_kit.parallel.run import PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from signal import Signals

    from headstart_kit.parallel.run import Run

    Shares = Sequence[Sequence[int]]

# All tickets fit the smallest pipe that any kernel makes.
_SHARES_MAX = 4096 // child.TICKET_BYTES
# A process that dies while a child of its own still holds its pipe gives no other sign.
_LOOK_MS = 100


def run_in_processes(run: Run, at_once: int) -> int:
    """Run what is left of ``run`` in up to ``at_once`` processes, and return how many there were; 0 where the system
    lets none start, and then nothing has run.

    None of them is left when this returns or raises. One that dies fails the item that it was in: what it had done
    counts, and where errors are kept others do what it had not begun.
    """
    pending: Sequence[int] = range(len(run.results), len(run.items))
    most = 0
    while pending and not run.is_over:
        shares = _shared_out(pending)
        processes = _live_through(run, shares, at_once=min(at_once, len(shares)))
        most = max(most, len(processes))
        if not most:
            return 0
        run.reserve(run.left)
        entered = sum([_collect(run, process, shares=shares) for process in processes])
        if not entered and not run.is_over:
            _give_up(run, pending)
        pending = [index for index in pending if run.results[index] is PENDING]
    return most


def _shared_out(pending: Sequence[int]) -> Shares:
    length = -(-len(pending) // _SHARES_MAX)
    return [pending[first : first + length] for first in range(0, len(pending), length)]


def _live_through(run: Run, shares: Shares, *, at_once: int) -> list[_Process]:
    """Start processes and be with them until all have ended."""
    import signal

    tickets, writer = os.pipe()
    os.write(writer, b"".join(share.to_bytes(child.TICKET_BYTES, "little") for share in range(len(shares))))
    # Before any fork: who inherited it would wait for more tickets for ever.
    os.close(writer)
    processes: list[_Process] = []
    # A handler that ran in a child before the child forgets it would run the parent's code, or raise into it.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        try:
            child.flush_streams()
            while len(processes) < at_once:
                processes.append(_start(run, shares, tickets=tickets, held=held))
        except OSError:  # the system lets no more start; those that there are will do
            pass
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        _wait(run, processes)
    finally:
        os.close(tickets)
        for process in processes:
            process.end()
    return processes


def _wait(run: Run, processes: Sequence[_Process]) -> None:
    """Until all have ended, the time is up, or one has died and errors are raised."""
    import select

    alive = {process.pipe: process for process in processes}
    poller = select.poll()
    for pipe in alive:
        poller.register(pipe, select.POLLIN)
    while alive and (left_ms := run.due.remaining_ms) > 0:
        ready = {pipe for pipe, _ in poller.poll(min(_LOOK_MS, left_ms))}
        for pipe, process in tuple(alive.items()):
            if pipe in ready or process.is_gone():
                poller.unregister(pipe)
                del alive[pipe]
                process.hear()
                if process.died and not run.keeps:
                    return


def _collect(run: Run, process: _Process, *, shares: Shares) -> int:
    """Enter what ``process`` has done into ``run``; how many outcomes that were."""
    done = process.journal
    for index, result in done.results.items():
        run.results[index] = result
    failures = [*done.failures]
    if process.died and done.shares:
        interrupted = (index for index in shares[done.shares[-1]] if run.results[index] is PENDING)
        failures += [FailedItem(index, process.error(index)) for index in islice(interrupted, 1)]
    for failure in failures:
        run.fail(failure)
    return len(done.results) + len(failures)


def _give_up(run: Run, pending: Sequence[int]) -> None:
    for index in pending:
        run.fail(FailedItem(index, ProcessDiedError("every process dies before it begins an item", index=index)))
        if not run.keeps:
            return


def _start(run: Run, shares: Shares, *, tickets: int, held: set[int | Signals]) -> _Process:
    """Fork a process that takes ``shares``.

    Raises:
        OSError: the system has no more processes or descriptors.
    """
    pipe, goodbye = os.pipe()
    file = -1
    try:
        file = journal.new_file()
        pid = _fork()
        if not pid:
            child.live(run, shares, tickets=tickets, file=file, goodbye=goodbye, held=held)
    except OSError:
        _close(pipe, file)
        raise
    finally:
        # Before the next fork: while anybody holds it, nobody sees that this process has ended.
        os.close(goodbye)
    return _Process(pid, pipe=pipe, file=file)


def _fork() -> int:
    """``os.fork`` without the warning of Python 3.12 and later that this process has other threads.

    A lock that one of them holds at this moment stays locked in the child. Python makes its own anew (imports, logging,
    standard streams) and the kit's code in the child takes no other; ``fn`` must not wait for one either.
    """
    if sys.version_info < (3, 12):
        return os.fork()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


class _Process:
    """A child, the pipe that it says goodbye on, and its journal."""

    __slots__ = ("_file", "_status", "died", "journal", "pid", "pipe")

    def __init__(self, pid: int, *, pipe: int, file: int) -> None:
        os.set_blocking(pipe, False)
        self.pid = pid
        self.pipe = pipe
        self.died = False
        self._file = file
        self._status: int | None = None

    def is_gone(self) -> bool:
        """Whether the kernel says that it has ended."""
        return self._status is not None or self._reap(os.WNOHANG)

    def hear(self) -> None:
        """Now that it ends: did it die, or has it said goodbye?"""
        try:
            self.died = os.read(self.pipe, 1) != child.GOODBYE
        except BlockingIOError:
            self.died = True

    def end(self) -> None:
        """Let nothing be left of it but its journal."""
        import signal

        if not self.is_gone():
            os.kill(self.pid, signal.SIGKILL)
            self._reap(0)
        self.journal = journal.read(self._file)
        _close(self.pipe, self._file)

    def error(self, index: int) -> ProcessDiedError:
        """What there is to say of item ``index``, which it was in when it died."""
        import signal

        code = os.waitstatus_to_exitcode(self._status or 0)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        why = ", as happens when memory runs out" if code == -signal.SIGKILL else ""
        return ProcessDiedError(f"item {index}: its process {how}{why}", index=index)

    def _reap(self, options: int) -> bool:
        try:
            pid, status = os.waitpid(self.pid, options)
        except ChildProcessError:  # the parent ignores SIGCHLD, and the kernel has let go of it
            pid, status = self.pid, 0
        if pid:
            self._status = status
        return bool(pid)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)
