"""The engine of a batch run: a batch after another through the transform, in bounded memory, until the source ends or
the time does."""

from __future__ import annotations

import logging

from headstart_kit import clock, deadline, environment, process_memory
from headstart_kit.batches.batch_size import BatchSize
from headstart_kit.batches.declaration import Batch
from headstart_kit.batches.output import output_of
from headstart_kit.batches.reclaiming import Reclaiming
from headstart_kit.batches.rejects import Reject
from headstart_kit.batches.result import Progress, StreamResult
from headstart_kit.batches.resume import COUNTS, Stop, read_token
from headstart_kit.batches.transforming import transform_each, transform_text, transform_whole
from headstart_kit.errors import DeadlineError, RecordError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from headstart_kit.batches.declaration import Target
    from headstart_kit.batches.options import StreamOptions
    from headstart_kit.batches.output import Encoded
    from headstart_kit.batches.protocols import Chunk, Reader, Record, Source
    from headstart_kit.batches.rejects import Fault

_MB = 1024 * 1024
# Outside of Lambda nobody says how much memory there is.
_MEMORY_MB_ELSEWHERE = 512

_log = logging.getLogger(__name__)


def process_stream(
    source: Source,
    transform: Callable[[Any], Any],
    *,
    sink: Target | None = None,
    dead_letters: Target | None = None,
    resume: str | None = None,
    options: StreamOptions | None = None,
) -> StreamResult:
    """Put the records of ``source`` through ``transform`` into ``sink``, and those that fail into ``dead_letters``; see
    ``Batch`` for what each of them may be, and ``run`` for what is raised.

    Memory stays bounded whatever the size of the input. Before the current deadline comes the run stops, and its result
    has a token; give it as ``resume`` to go on. Runs that resume one another write what one run would have written:
    each record once, in order. Only where a run fails are the records after the token put through the transform again,
    and handed again to a sink that is a function.
    """
    return run(Batch(source, transform, sink=sink, dead_letters=dead_letters, options=options), resume=resume)


def run(batch: Batch, *, resume: str | None = None) -> StreamResult:
    """Run what ``batch`` declares, from the beginning or from where a token says.

    When it raises, nothing is left of what this run wrote to its sinks, and a token it was resumed by is still good.

    Raises:
        SourceError: the source cannot be read, has changed since the token, or the token is for another.
        RecordError: a record failed, and there are no dead letters to put it into.
        DeadlineError: there is no time for a single batch.
        ValueError: ``resume`` is no resume token.
    """
    stop = None if resume is None else read_token(resume, source=batch.source.name)
    with _Fitting(stop):
        reader = batch.source.open() if stop is None else batch.source.open(stop.position, version=stop.version)
    try:
        with _Fitting(stop):
            run = _Run(batch, reader, stop=stop)
        try:
            return run.finish() if run.reaches_end() else run.stop()
        except BaseException:
            run.abandon()
            raise
    finally:
        reader.close()


def give_up(batch: Batch, token: str) -> None:
    """Remove what a stopped run kept for its ``token``, which is then worth nothing.

    Raises:
        SourceError: the token is for another source or sink, or what it kept is gone already.
        ValueError: it is no resume token.
    """
    stop = read_token(token, source=batch.source.name)
    with _Fitting(stop):
        outputs = [output_of(batch.sink, stop.sink), output_of(batch.dead_letters, stop.dead_letters)]
    for output in outputs:
        output.give_up()


class _Fitting:
    """Says of a token what a position or a state in it that is none makes a source or a sink raise."""

    __slots__ = ("_stop",)

    def __init__(self, stop: Stop | None) -> None:
        self._stop = stop

    def __enter__(self) -> None:
        pass

    def __exit__(self, *failure: object) -> None:
        error = failure[1]
        if self._stop is not None and isinstance(error, (LookupError, TypeError, ValueError)):
            raise ValueError(
                f"the resume token was not made for {self._stop.source} and these sinks: {error!r}"
            ) from error


class _Run:
    """One run: the source and the sinks, open, and what was counted."""

    def __init__(self, batch: Batch, reader: Reader, *, stop: Stop | None) -> None:
        self._batch = batch
        self._options = batch.options
        self._reader = reader
        self._due = deadline.current()
        self._begun_s = clock.ticks_s()
        self._counts = dict.fromkeys(COUNTS, 0) if stop is None else dict(stop.counts)
        self._read_before = self._counts["read"]
        self._position = reader.position
        self._results = output_of(batch.sink, None if stop is None else stop.sink)
        self._dead_letters = output_of(batch.dead_letters, None if stop is None else stop.dead_letters)
        self._size = BatchSize(most_bytes=self._options.max_batch_bytes)
        self._floor_bytes = process_memory.resident_bytes()
        self._room_bytes = self._options.memory_share * max(0, _memory_bytes() - self._floor_bytes)
        self._reclaiming = Reclaiming()
        self._slowest_write_s = 0.0
        _keep_freed_memory(32 * self._options.max_batch_bytes)

    def reaches_end(self) -> bool:
        """Go on until the source ends or the time does; whether it was the source.

        Raises:
            DeadlineError: there was no time for a single batch.
        """
        self._results.begin()
        while True:
            left_ms = self._due.remaining_ms
            size_bytes = self._size.next_bytes(room_bytes=self._room_bytes, left_s=self._for_batches_s(left_ms))
            if not size_bytes:
                return self._ends_early()
            try:
                chunk = self._reader.read(size_bytes, max_records=self._options.max_records)
                if chunk is None:
                    return True
                done = self._transform(chunk)
            except DeadlineError:  # nothing of the batch is written: it is left to the next run
                return self._ends_early()
            grown_bytes = self._hand_on(chunk, done)
            # By the clock of the deadline; where there is none, time does not matter.
            took_ms = left_ms - self._due.remaining_ms if left_ms < deadline.NEVER_S else 0.0
            self._size.learn(chunk.size_bytes, grown_bytes=grown_bytes, took_s=took_ms / 1000)
            self._reclaiming.after_batch(grown_bytes=grown_bytes, room_bytes=self._room_bytes)
            self._report()

    def _ends_early(self) -> bool:
        if self._counts["read"] == self._read_before:
            self._due.check(self._due.remaining_ms + 1, what="a single batch")
        return False

    def _for_batches_s(self, left_ms: float) -> float:
        """The part of the time left that is for batches; the rest is to make the sinks safe."""
        return (left_ms - self._options.reserve_ms) / 1000 - 2 * self._slowest_write_s

    def _transform(self, chunk: Chunk) -> Encoded:
        """What to write of a batch, and what was refused of it."""
        if self._options.takes == "text":
            text, refused = transform_text(self._batch.transform, chunk.records)
            return text.split(b"\n")[:-1], text, refused
        transform = transform_whole if self._options.takes == "batch" else transform_each
        results, refused = transform(self._batch.transform, chunk.records)
        records, text, unwritable = self._results.encode(results)
        return records, text, refused + unwritable

    def _hand_on(self, chunk: Chunk, done: Encoded) -> int:
        """Write and count one batch. By how much memory had grown at its fullest, against before the first batch, less
        what the sinks hold."""
        records, text, refused = done
        rejects = self._rejects_of(chunk, refused)
        grown_bytes = process_memory.resident_bytes() - self._floor_bytes
        grown_bytes -= self._results.held_bytes + self._dead_letters.held_bytes
        self._write(records, text, rejects=rejects)
        read = len(chunk.records) + len(chunk.rejects)
        self._count(
            read=read,
            written=len(records),
            rejected=len(rejects),
            dropped=read - len(records) - len(rejects),
            batches=1,
            bytes_read=chunk.size_bytes,
            bytes_written=len(text),
        )
        self._position = self._reader.position
        return grown_bytes

    def _rejects_of(self, chunk: Chunk, refused: list[tuple[int, Fault]]) -> list[Reject]:
        """The rejects of the batch in the order of the records."""
        rejects = list(chunk.rejects)
        for number, fault in refused:
            index, offset, raw = chunk.place(number)
            rejects.append(Reject(fault, index=index, offset=offset, raw=raw))
        rejects.sort(key=lambda reject: reject.index)
        return [reject.moved(self._counts["read"]) for reject in rejects]

    def _write(self, records: list[Record], text: bytes, *, rejects: list[Reject]) -> None:
        if rejects and self._batch.dead_letters is None:
            raise RecordError(f"{rejects[0]!r}; dead_letters would take it", index=rejects[0].index)
        begun_s = clock.ticks_s()
        self._results.write(records, text)
        self._dead_letters.write(*self._dead_letters.encode([reject.as_record() for reject in rejects])[:2])
        self._slowest_write_s = max(self._slowest_write_s, clock.ticks_s() - begun_s)

    def _count(self, **more: int) -> None:
        for name, count in more.items():
            self._counts[name] += count

    def _report(self) -> None:
        if self._options.on_progress is None:
            return
        read = self._counts["read"]
        elapsed_s = clock.ticks_s() - self._begun_s
        progress = Progress(
            read=read,
            rejected=self._counts["rejected"],
            done_ratio=self._reader.ratio,
            records_per_s=(read - self._read_before) / elapsed_s if elapsed_s else 0.0,
        )
        self._options.on_progress(progress)

    def finish(self) -> StreamResult:
        """Let the results appear."""
        self._dead_letters.finish()
        self._results.finish()
        return self._result(None)

    def stop(self) -> StreamResult:
        """Make safe what was written, for a later run."""
        stop = Stop(
            source=self._batch.source.name,
            version=self._reader.version,
            position=self._position,
            counts=self._counts,
            sink=self._results.suspend(),
            dead_letters=self._dead_letters.suspend(),
        )
        return self._result(stop.as_token())

    def _result(self, token: str | None) -> StreamResult:
        peak_mb = process_memory.peak_bytes() / _MB
        elapsed_s = clock.ticks_s() - self._begun_s
        return StreamResult(self._counts, resume_token=token, peak_mb=peak_mb, elapsed_s=elapsed_s)

    def abandon(self) -> None:
        """Leave nothing of this run, for the reason that is being raised."""
        for output in (self._results, self._dead_letters):
            try:
                output.abandon()
            except Exception:
                _log.exception("what a failed run wrote could not be removed")


def _keep_freed_memory(size_bytes: int) -> None:
    """Have the C library keep as much freed memory for the next batch, where it is glibc.

    It would return it to the kernel after each batch and fault it in again: on Python 3.11 half of the whole time. When
    a block of its own mapping is freed, it raises its thresholds to that size, up to 32 MB.
    Source: https://man7.org/linux/man-pages/man3/mallopt.3.html, M_MMAP_THRESHOLD (2026-11-25).
    """
    bytes(min(size_bytes, 31 * _MB))


def _memory_bytes() -> int:
    """The memory of one invocation's share of the environment."""
    return (environment.memory_mb() or _MEMORY_MB_ELSEWHERE) * _MB // environment.concurrency()
