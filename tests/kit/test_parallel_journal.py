"""A journal tells what its process had done, wherever that was cut short, and gives arrays without copying them."""

import os
import pickle
from array import array

import pyarrow
import pytest

from headstart_kit.parallel import journal
from headstart_kit.parallel.mapping import parallel_map

MB = 1024 * 1024


class Block:
    """An array-like that gives its data to pickle as a buffer, as numpy's arrays do."""

    def __init__(self, data) -> None:
        self.data = data

    def __reduce_ex__(self, protocol):
        return Block, (pickle.PickleBuffer(self.data),)


@pytest.fixture
def file():
    descriptor = journal.new_file()
    yield descriptor
    os.close(descriptor)


def test_an_empty_journal_tells_nothing(file):
    read = journal.read(file)
    assert (read.shares, read.results, read.failures) == ([], {}, [])


def test_what_is_written_is_read(file):
    writer = journal.Writer(file)
    writer.take(4)
    writer.done(8, {"a": [1, 2]})
    writer.failed(9, KeyError("b"))
    read = journal.read(file)
    assert read.shares == [4]
    assert read.results == {8: {"a": [1, 2]}}
    assert [(failure.index, repr(failure.error)) for failure in read.failures] == [(9, "KeyError('b')")]


def test_a_journal_cut_short_anywhere_tells_what_came_before(file):
    writer = journal.Writer(file)
    ends = [0]
    for index in range(4):
        writer.done(index, Block(bytearray(5000 * index)) if index % 2 else "x" * index)
        ends.append(os.fstat(file).st_size)
    for length in range(ends[-1], -1, -1):
        os.ftruncate(file, length)
        assert len(journal.read(file).results) == sum(end <= length for end in ends[1:])


@pytest.mark.parametrize("size_bytes", [0, 1, 4095, 4096, 4097, 3 * MB])
def test_a_buffer_comes_back_whole_and_can_be_written_to(file, size_bytes):
    data = bytearray(os.urandom(size_bytes))
    writer = journal.Writer(file)
    for index in range(3):
        writer.done(index, Block(data))
    for block in journal.read(file).results.values():
        assert bytes(block.data) == data
        if size_bytes:
            memoryview(block.data)[0] = 7
    assert data == bytearray(pickle.loads(pickle.dumps(bytes(data))))


def test_large_buffers_are_aligned_and_not_copied(file):
    values = pyarrow.array(range(MB))
    writer = journal.Writer(file)
    writer.done(0, "not aligned")
    writer.done(1, values)
    held_before = pyarrow.total_allocated_bytes()
    result = journal.read(file).results[1]
    assert result == values
    assert pyarrow.total_allocated_bytes() == held_before
    assert result.buffers()[1].address % 64 == 0


def test_what_cannot_be_unpickled_is_the_failure_of_its_item_alone(file):
    writer = journal.Writer(file)
    writer.done(0, "before")
    writer.done(1, Unpickles())
    writer.done(2, "after")
    read = journal.read(file)
    assert read.results == {0: "before", 2: "after"}
    assert [str(failure.error) for failure in read.failures] == [
        "item 1: its result cannot be unpickled (ValueError: not here)"
    ]


class Unpickles:
    """Can be pickled only."""

    def __reduce__(self):
        return refuse, ()


def refuse():
    raise ValueError("not here")


@pytest.mark.parametrize("has", ["a system call", "nothing"])
def test_where_there_are_no_files_in_memory_one_without_a_name_will_do(has):
    def refuse_file(name: str) -> int:
        raise OSError(38, "Function not implemented")

    descriptor = journal.new_file(refuse_file if has == "a system call" else None)
    assert os.fstat(descriptor).st_nlink == 0
    journal.Writer(descriptor).done(0, "x")
    assert journal.read(descriptor).results == {0: "x"}
    os.close(descriptor)


@pytest.mark.parametrize(
    "result",
    [
        b"x" * 3 * MB,
        bytearray(3 * MB),
        array("d", range(100_000)),
        Block(bytearray(2 * MB)),
        pyarrow.array([1, 2] * MB),
    ],
    ids=lambda result: type(result).__name__,
)
def test_array_like_results_come_from_processes(monkeypatch, result):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3538")
    results = parallel_map(lambda _: result, range(6), kind="processes")
    assert len(results) == 6
    for one in results:
        assert getattr(one, "data", one) == getattr(result, "data", result)
