"""What a run holds does not grow: no results, no traces, no exceptions, no modules it does not need."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from kit.batches_fixture import Kept

from headstart_kit import batches
from headstart_kit.batches.items import Items
from headstart_kit.batches.reclaiming import Reclaiming
from headstart_kit.batches.s3_upload import S3Upload
from headstart_kit.batches.stream import process_stream


class Weighed:
    """A record that can be weakly referred to."""

    def __init__(self, number: int) -> None:
        self.number = number


def test_records_are_freed_without_the_garbage_collector():
    """A kept exception would keep its batch: its traceback has the frame, and the frame has the exception."""
    made: list[Any] = []

    def read(number: int) -> Weighed:
        if number % 10 == 0:
            raise ValueError("not read")
        record = Weighed(number)
        made.append(weakref.ref(record))
        return record

    def transform(record: Weighed) -> Any:
        if record.number % 10 == 1:
            raise KeyError("refused")
        return object() if record.number % 10 == 2 else {"n": record.number}

    gc.collect()
    gc.disable()
    try:
        result = process_stream(
            Items(range(1000), read=read), transform, sink=S3Upload("b", "k", client=Discarding()), dead_letters=Kept()
        )
        assert result.rejected == 300
        assert [reference() for reference in made if reference() is not None] == []
    finally:
        gc.enable()


class Discarding:
    """A client of S3 that takes objects."""

    def put_object(self, **_: Any) -> None:
        pass


@pytest.mark.parametrize("grown_bytes", [0, 1000])
def test_garbage_is_left_to_the_collector_while_there_is_room(grown_bytes: int):
    collections = gc.get_stats()[2]["collections"]
    Reclaiming().after_batch(grown_bytes=grown_bytes, room_bytes=1000)
    assert gc.get_stats()[2]["collections"] == collections


def test_garbage_is_collected_less_often_the_less_that_helps():
    reclaiming, collected_after = Reclaiming(), []
    gc.collect()
    for number in range(200):
        collections = gc.get_stats()[2]["collections"]
        reclaiming.after_batch(grown_bytes=2 << 30, room_bytes=1 << 30)
        if gc.get_stats()[2]["collections"] > collections:
            collected_after.append(number)
    assert collected_after == [0, 16, 48, 112]


# D57: the handler used a class that it did not import, and that was not in its package.
@pytest.mark.parametrize("module", sorted(path.stem for path in Path(batches.__file__).parent.glob("[!_]*.py")))
def test_d57_each_module_loads_alone_and_has_what_it_names(module: str):
    program = (
        f"import headstart_kit.batches.{module} as module, inspect, sys; sys.stdout.write(inspect.getsource(module))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(batches.__file__).parents[2])},
    )
    undefined = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "-"],
        input=done.stdout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert undefined.returncode == 0, undefined.stdout
