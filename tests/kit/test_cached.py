"""The cache in memory: what it keeps, for how long, how much of it, and by what."""

import gc
import time
import weakref
from contextlib import suppress
from typing import Any

import pytest
from kit.cache_trial import trial

from headstart_kit.cache.entry import Stale
from headstart_kit.caching import cached
from headstart_kit.errors import UserError


def test_a_value_is_answered_until_its_time_is_up():
    make, _, clocks = trial()
    get = make(ttl_s=10)
    assert [get("a"), get("a"), get("b")] == ["value 1", "value 1", "value 2"]
    clocks.pass_s(9.9)
    assert get("a") == "value 1"
    clocks.pass_s(0.2)
    assert get("a") == "value 3"
    assert get.stats.as_dict() == {"hits": 2, "stale": 0, "misses": 3, "errors": 0, "evicted": 0, "skipped": 0}


def test_time_counts_while_the_environment_is_frozen_or_in_a_snapshot():
    make, _, clocks = trial()
    get = make(ttl_s=10)
    get("a")
    clocks.freeze_s(86_400)
    assert get("a") == "value 2"


def test_a_clock_that_is_set_back_does_not_keep_values_longer():
    make, _, clocks = trial()
    get = make(ttl_s=10)
    get("a")
    clocks.now_s -= 3600
    clocks.pass_s(9)
    assert get("a") == "value 1"
    clocks.pass_s(2)
    assert get("a") == "value 2"


def test_a_value_is_as_old_as_the_beginning_of_its_load():
    make, loader, clocks = trial()
    get = make(ttl_s=10)
    loader.answer = lambda key: clocks.pass_s(8) or len(loader.calls)
    assert get("a") == 1
    clocks.pass_s(1)
    assert get("a") == 1
    clocks.pass_s(1)
    assert get("a") == 2


def test_the_real_clocks_do_it_too():
    @cached(ttl_s=0.05)
    def get() -> int:
        return time.perf_counter_ns()

    first = get()
    assert get() == first
    time.sleep(0.06)
    assert get() != first


def test_what_was_used_longest_ago_goes_first():
    make, loader, _ = trial()
    get = make(max_items=2)
    get("a"), get("b"), get("a"), get("c")
    assert [call[0] for call in loader.calls] == ["a", "b", "c"]
    get("a")
    assert len(loader.calls) == 3
    get("b")
    assert len(loader.calls) == 4
    assert get.stats.evicted == 2


def test_bytes_are_a_bound_too_and_what_alone_exceeds_it_is_not_kept():
    make, loader, _ = trial()
    get = make(max_bytes=100_000)
    loader.answer = lambda size: "x" * size
    for size in range(30_000, 30_005):
        get(size)
    assert get.stats.evicted == 2
    get(30_004)
    assert get.stats.hits == 1
    get(200_000)
    get(200_000)
    assert get.stats.evicted == 4
    get(30_004)
    assert get.stats.hits == 2, "what is too large pushes nothing else out"


def test_none_is_not_kept_unless_asked_for():
    make, loader, clocks = trial()
    loader.answer = lambda key: None
    get = make()
    assert [get("a"), get("a")] == [None, None]
    assert len(loader.calls) == 2
    get = make(negative_ttl_s=3)
    assert [get("a"), get("a")] == [None, None]
    assert len(loader.calls) == 3
    clocks.pass_s(3)
    get("a")
    assert len(loader.calls) == 4


def test_the_callers_fault_is_kept_as_negative_and_its_traceback_does_not_grow():
    make, loader, _ = trial()
    get = make(negative_ttl_s=3)
    loader.fail(UserError("no such product", status=404))
    lengths = []
    for _ in range(4):
        with pytest.raises(UserError, match="no such product") as caught:
            get("a")
        lengths.append(len(caught.traceback))
    assert len(loader.calls) == 1
    assert len(set(lengths[1:])) == 1
    assert (get.stats.hits, get.stats.misses, get.stats.errors) == (3, 1, 0)


def test_other_errors_are_never_kept():
    make, loader, _ = trial()
    get = make(negative_ttl_s=3)
    loader.fail(ConnectionError("down"))
    for _ in range(2):
        with pytest.raises(ConnectionError):
            get("a")
    assert len(loader.calls) == 2
    assert get.stats.errors == 2


def test_a_failed_load_leaves_no_cycle_that_keeps_what_it_had_open():
    make, loader, _ = trial()

    class Connection:
        """Something that should be closed by and by."""

    left: list[weakref.ref[Connection]] = []

    def answer(key: object) -> None:
        connection = Connection()
        left.append(weakref.ref(connection))
        raise ConnectionError("down")

    loader.answer = answer
    get = make()
    gc.disable()
    try:
        with suppress(ConnectionError):
            get("a")
        assert left[0]() is None
    finally:
        gc.enable()


def test_arguments_are_the_key_unless_another_is_given():
    make, loader, _ = trial()
    get = make()
    get(1, 2), get(1, y=2), get(2, 1), get(1.0, 2), get(y=2, x=1), get(x=1, y=2)
    assert len(loader.calls) == 4
    get = make(key=lambda event: event["id"])
    get({"id": 1, "at": 1}), get({"id": 1, "at": 2})
    assert len(loader.calls) == 5
    get.forget({"id": 1})
    get({"id": 1})
    assert len(loader.calls) == 6


def test_what_cannot_be_a_key_says_what_to_do():
    make, loader, _ = trial()
    with pytest.raises(TypeError, match=r"unhashable type: 'dict': give cached\(\) a key="):
        make()({"id": 1})
    loader.fail(TypeError("its own"))
    with pytest.raises(TypeError, match=r"^its own$"):
        make()(1)


def test_methods_are_cached_for_each_object_or_by_key():
    class Shop:
        """Has two cached methods."""

        def __init__(self, name: str) -> None:
            self.name = name
            self.calls = 0

        @cached(ttl_s=60)
        def own(self, product: str) -> str:
            self.calls += 1
            return f"{product} of {self.name}"

        @cached(ttl_s=60, key=lambda self, product: product)
        def shared(self, product: str) -> str:
            return f"{product} of {self.name}"

    one, two = Shop("one"), Shop("two")
    assert [one.own("p"), one.own("p"), two.own("p")] == ["p of one", "p of one", "p of two"]
    assert (one.calls, two.calls) == (1, 1)
    assert [one.shared("p"), two.shared("p")] == ["p of one", "p of one"]
    assert Shop.own.stats.hits == 1


def test_the_function_keeps_its_name_and_can_be_called_past_the_cache():
    @cached(ttl_s=60)
    def product(product_id: str) -> object:
        """A product."""
        return object()

    assert (product.__name__, product.__doc__) == ("product", "A product.")
    assert product("a") is product("a")
    assert product.__wrapped__("a") is not product("a")
    assert repr(product.stats) == "CacheStats(hits=2, stale=0, misses=1, errors=0, evicted=0, skipped=0)"


def test_what_can_be_used_only_once_is_refused():
    async def coroutine() -> None: ...
    async def asynchronous_generator() -> Any:
        yield 1

    def generator() -> Any:
        yield 1

    for function, what in (
        (coroutine, "a coroutine"),
        (asynchronous_generator, "an asynchronous generator"),
        (generator, "a generator"),
    ):
        with pytest.raises(TypeError, match=f"{function.__name__} returns {what}, which can be used only once"):
            cached(ttl_s=1)(function)


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        ({"ttl_s": 0}, "more than 0"),
        ({"ttl_s": -1}, "more than 0"),
        ({"ttl_s": float("nan")}, "more than 0"),
        ({"max_items": 0}, "1 or more"),
        ({"max_mb": 0}, "more than 0"),
        ({"negative_ttl_s": -1}, "0 or more"),
    ],
)
def test_a_number_out_of_range_is_named_with_the_range(setting, allowed):
    name = next(iter(setting))
    with pytest.raises(ValueError, match=f"^{name} is .*; allowed: {allowed}$"):
        cached(**{"ttl_s": 1, **setting})
    with pytest.raises(ValueError, match=r"^if_error_s is -1; allowed: 0 or more$"):
        Stale(if_error_s=-1)


def test_an_infinite_time_is_allowed():
    calls = []

    @cached(ttl_s=float("inf"))
    def get() -> int:
        calls.append(1)
        return 1

    get(), get()
    assert calls == [1]
