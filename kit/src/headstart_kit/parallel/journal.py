"""What a process has done: a file in memory that it writes and its parent reads, whatever became of it.

One record for each share of the items that it takes, and one for each item done. What the kernel has taken outlives the
process; of a record that was cut short nothing counts. Large buffers (arrays) are read where they lie, without a copy.
"""

from __future__ import annotations

import os

from headstart_kit.parallel.outcomes import FailedItem, add_note, in_words, lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    # What it is about, its number, its pickle and the buffers of that.
    Record = tuple[int, int, memoryview, list[memoryview]]

# A record begins with numbers of 8 bytes: what it is about, of which share or item, bytes of its pickle, count of its
# buffers; and then the bytes of each buffer.
_NUMBER_BYTES = 8
_HEAD_BYTES = 4 * _NUMBER_BYTES
_TAKEN, _DONE, _FAILED = range(3)
# Arrays want their data aligned; and a small one would keep the whole file in memory for its sake.
_ALIGNMENT_BYTES = 64
_BUFFER_MIN_BYTES = 4096
_MEMORY_FILE = getattr(os, "memfd_create", None)


def new_file(memory_file: Callable[[str], int] | None = _MEMORY_FILE) -> int:
    """A descriptor of an empty file in memory; where the system has none (macOS), of a temporary one without a name."""
    try:
        if memory_file:
            return memory_file("parallel_map")
    except OSError:  # nor has the kernel
        pass
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Writer:
    """Adds records to the journal at a descriptor."""

    __slots__ = ("_at", "_file", "_pack")

    def __init__(self, descriptor: int) -> None:
        import struct

        self._pack = struct.pack
        self._file = os.fdopen(descriptor, "wb", closefd=False)
        self._at = 0

    def take(self, share: int) -> None:
        """The items of ``share`` come next."""
        self._write(_TAKEN, share, pickled=b"")

    def done(self, index: int, result: Any) -> None:
        """Item ``index`` gave ``result``."""
        try:
            pickled, buffers = dump(result)
        except Exception as error:
            what = f"its result, {type(result).__qualname__}, cannot be pickled on the way back ({in_words(error)}); "
            self.failed(index, lost(index, what + "return plain data, or use kind='threads'").error)
            return
        self._write(_DONE, index, pickled=pickled, buffers=buffers)

    def failed(self, index: int, error: BaseException) -> None:
        """Item ``index`` raised ``error``."""
        import pickle
        import traceback

        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        told = pickle.dumps((_rebuildable(error), in_words(error), trace))
        self._write(_FAILED, index, pickled=told)

    def _write(self, about: int, number: int, *, pickled: bytes, buffers: Sequence[memoryview] = ()) -> None:
        sizes = [buffer.nbytes for buffer in buffers]
        self._add(self._pack(f"={4 + len(sizes)}q", about, number, len(pickled), len(sizes), *sizes))
        self._add(pickled)
        for buffer in buffers:
            self._add(bytes(-self._at % _ALIGNMENT_BYTES))
            self._add(buffer)
        self._file.flush()

    def _add(self, part: bytes | memoryview) -> None:
        self._file.write(part)
        self._at += len(part)


class Journal:
    """What one process took, and what came of it."""

    __slots__ = ("failures", "results", "shares")

    def __init__(self) -> None:
        self.shares: list[int] = []
        self.results: dict[int, Any] = {}
        self.failures: list[FailedItem] = []

    def enter(self, record: Record) -> None:
        """Add what ``record`` tells."""
        about, number, pickled, buffers = record
        if about == _TAKEN:
            self.shares.append(number)
            return
        try:
            outcome = load(pickled, buffers)
        except Exception as error:
            self.failures.append(lost(number, f"its result cannot be unpickled ({in_words(error)})"))
            return
        if about == _DONE:
            self.results[number] = outcome
        else:
            self.failures.append(_failure(number, outcome))


def read(descriptor: int) -> Journal:
    """The journal at ``descriptor``, which may be closed afterwards. Its arrays can be written to, like any other."""
    import mmap
    import sys

    journal = Journal()
    size = os.fstat(descriptor).st_size
    if not size:
        return journal
    untracked = {"trackfd": False} if sys.version_info >= (3, 13) else {}
    mapping = mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY, **untracked)
    for record in _records(memoryview(mapping)):
        journal.enter(record)
    return journal


def _records(view: memoryview) -> Iterator[Record]:
    at = 0
    while at + _HEAD_BYTES <= len(view):
        about, number, pickled_bytes, count = view[at : at + _HEAD_BYTES].cast("q")
        at += _HEAD_BYTES
        pickled_at = at + count * _NUMBER_BYTES
        if pickled_at > len(view):
            return
        sizes = view[at:pickled_at].cast("q")
        at = pickled_at + pickled_bytes
        buffers = []
        for size in sizes:
            at += -at % _ALIGNMENT_BYTES
            buffers.append(view[at : at + size])
            at += size
        if at > len(view):
            return
        yield about, number, view[pickled_at : pickled_at + pickled_bytes], buffers


def dump(result: Any) -> tuple[bytes, list[memoryview]]:
    """The pickle of ``result``, and its large buffers apart."""
    import pickle

    buffers: list[memoryview] = []

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _BUFFER_MIN_BYTES:
            return True
        buffers.append(raw)
        return False

    return pickle.dumps(result, protocol=5, buffer_callback=stays_inside), buffers


def load(pickled: bytes | memoryview, buffers: Iterable[memoryview] = ()) -> Any:
    """What ``dump`` was given."""
    import pickle

    return pickle.loads(pickled, buffers=buffers)  # noqa: S301 - a child of this process wrote it


def _rebuildable(error: BaseException) -> bytes | None:
    try:
        pickled, _ = dump(error)
        return pickled if type(load(pickled)) is type(error) else None
    except Exception:
        return None


def _failure(index: int, told: tuple[bytes | None, str, str]) -> FailedItem:
    pickled, words, trace = told
    failure = FailedItem(index, load(pickled)) if pickled else lost(index, f"it failed with {words}")
    add_note(failure.error, f"in a process of its own:\n{trace}")
    return failure
