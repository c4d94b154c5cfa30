"""Files in threads: capped, and no thread left behind."""

import asyncio
import os
import threading
from functools import partial
from pathlib import Path

import pytest

from headstart_kit.deadline import Deadline
from headstart_kit.errors import TooLargeError
from headstart_kit.fan_out.file_reads import read_file
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.threads import in_thread
from headstart_kit.parallel.outcomes import FailedItem


def wait_for_threads() -> None:
    """Those that have given their result may be a moment from their end."""
    for thread in threading.enumerate():
        if thread.name == "headstart-kit-fan-out":
            thread.join(10)
            assert not thread.is_alive()


def test_d82_files_are_really_read(tmp_path: Path):
    contents = [os.urandom(300_000 * i) for i in range(5)]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    assert gather([partial(read_file, tmp_path / str(number)) for number in range(5)], limit=2) == contents
    wait_for_threads()


def test_a_file_is_capped(tmp_path: Path):
    (tmp_path / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    outcomes = gather(
        [partial(read_file, tmp_path / "large", max_mb=1), partial(read_file, "/dev/zero", max_mb=1)], on_error="keep"
    )
    for name, outcome in zip([tmp_path / "large", "/dev/zero"], outcomes, strict=True):
        assert isinstance(outcome, FailedItem)
        assert isinstance(outcome.error, TooLargeError)
        assert str(outcome.error).startswith(f"the file {name} has more than 1048576 bytes")
    with pytest.raises(ValueError, match="max_mb is 0; allowed: more than 0"):
        asyncio.run(read_file(tmp_path / "large", max_mb=0))


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        gather([partial(read_file, tmp_path / "none")])


def test_a_thread_stops_when_its_task_is_cancelled():
    ended = threading.Event()

    def work(is_stopped) -> None:
        while not is_stopped():
            ended.wait(0.001)
        ended.set()

    with pytest.raises(TimeoutError):
        gather([partial(in_thread, work)], timeout_s=0.02)
    assert ended.wait(10)


def test_a_thread_that_does_not_stop_keeps_nobody(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    outcomes = gather([partial(read_file, tmp_path / "pipe")] * 3, on_error="keep", deadline=Deadline(100, margin_ms=0))
    assert [type(outcome) for outcome in outcomes] == [FailedItem] * 3
    pipe = os.open(tmp_path / "pipe", os.O_RDWR)  # which they have waited for
    wait_for_threads()
    os.close(pipe)


def test_what_a_thread_raises_is_raised():
    def fail(is_stopped) -> None:
        raise LookupError("in the thread")

    with pytest.raises(LookupError, match="in the thread"):
        asyncio.run(in_thread(fail))


def test_a_thread_has_the_context_of_its_task():
    import contextvars

    request = contextvars.ContextVar("request", default="none")

    async def ask() -> str:
        request.set("mine")
        return await in_thread(lambda is_stopped: request.get())

    assert asyncio.run(ask()) == "mine"
