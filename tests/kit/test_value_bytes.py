"""The estimate of a value's size, against what tracemalloc says that it takes."""

import datetime
import gc
import json
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable

import pytest

from headstart_kit.cache.value_bytes import value_bytes


class Plain:
    """An object with attributes."""

    def __init__(self, i: int) -> None:
        self.number = i + 1000
        self.text = str(i) * 5


def record(i: int) -> dict[str, object]:
    return {"id": i + 10_000, "name": f"user {i}", "tags": [f"a{i}", "b"], "at": {"lat": i * 1.1, "lon": i * 2.2}}


VALUES = {
    "text": lambda: "x" * 100_000,
    "bytes": lambda: [b"x" * (100 + i % 7) for i in range(3000)],
    "integers": lambda: list(range(1000, 200_000)),
    "keys of their own": lambda: {f"k{i}": f"v{i}" * 3 for i in range(50_000)},
    "records that share their keys": lambda: json.loads(json.dumps([record(i) for i in range(20_000)])),
    "objects": lambda: [Plain(i) for i in range(20_000)],
    "deep": lambda: {i: {j: [f"{i}{j}{k}z" for k in range(10)] for j in range(20)} for i in range(100)},
    "a set": lambda: {f"x{i}" for i in range(30_000)},
    "another collection": lambda: deque(str(i) for i in range(10_000)),
    "dates": lambda: [datetime.date(2020, 1, 1) + datetime.timedelta(days=i) for i in range(5000)],
    "one large part": lambda: {"large": "y" * 500_000, "rows": [[i, str(i)] for i in range(1000)]},
}


@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_it_is_near_what_is_really_taken(make: Callable[[], object]):
    make()
    gc.collect()
    tracemalloc.start()
    value = make()
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.7 < value_bytes(value) / taken < 1.3


def test_what_it_looks_at_is_bounded():
    looked_at = 0

    class Counted:
        """Counts who asks for its size."""

        def __sizeof__(self) -> int:
            nonlocal looked_at
            looked_at += 1
            return 100

    assert value_bytes([[Counted() for _ in range(1000)] for _ in range(200)]) > 100 * 200_000 * 0.9
    assert looked_at < 5000


def test_a_chain_without_end_in_sight_comes_to_an_end():
    chain: list[object] = []
    for _ in range(100_000):
        chain = [chain]
    assert value_bytes(chain) > 1000 * sys.getsizeof([1])
    ring: list[object] = []
    ring.append(ring)
    assert value_bytes(ring) == sys.getsizeof(ring)


def test_classes_and_modules_do_not_count():
    assert value_bytes([json, Plain, value_bytes]) < 1000
    assert value_bytes(Plain(1)) < 1000


def test_no_code_of_the_value_is_run():
    class Odd(dict):
        """Does not like to be looked at."""

        def items(self) -> None:
            raise RuntimeError

        __iter__ = __len__ = keys = values = items

    assert value_bytes(Odd(a="x" * 1000)) > 1000
